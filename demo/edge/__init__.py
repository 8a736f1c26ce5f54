"""The edge: one address in front of all releases, which picks the pool by the visitor's cookie.

Where HAProxy is installed it does this (`demo.edge.haproxy`); elsewhere a small reverse proxy of
our own stands in (`demo.edge.proxy`). Both follow the published share and obey the dead-man's
switch.
"""
