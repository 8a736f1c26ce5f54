"""Would a page break ``Content-Security-Policy: default-src 'self'``?"""

from html.parser import HTMLParser


def breaches(html):
    """What the policy would block: inline scripts and styles, handlers, foreign addresses."""
    scan = _Scan()
    scan.feed(html)
    return scan.found


class _Scan(HTMLParser):
    def __init__(self):
        super().__init__()
        self.found = []

    def handle_starttag(self, tag, attrs):
        said = dict(attrs)
        if tag == "style" or (tag == "script" and not said.get("src")):
            self.found.append(f"<{tag}>")
        self.found += [f"{tag} {name}" for name in said if name == "style" or name[:2] == "on"]
        addresses = [said.get(name) or "" for name in ("src", "href", "action", "formaction")]
        self.found += [a for a in addresses if a.startswith(("javascript:", "data:"))]
        if tag in ("script", "link", "img", "iframe"):
            self.found += [a for a in addresses if a.startswith(("http:", "https:", "//"))]
