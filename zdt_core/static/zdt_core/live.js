/* Keeps a page current: asks [data-live] for its parts and replaces those that differ.
   A part that somebody is writing in stays as it is, so that no form changes under their hands. */
"use strict";
(function () {
    const live = document.querySelector("[data-live]");
    if (!live || !window.fetch) return;
    const note = document.querySelector("[data-live-note]");
    const fresh = {every: Number(live.dataset.every), etag: "", at: new Date(), failures: 0};
    let timer = null;

    function later() {
        clearTimeout(timer);
        const pause = Math.min(fresh.every * 2 ** fresh.failures, Math.max(30000, fresh.every));
        if (fresh.every > 0 && !document.hidden) timer = setTimeout(ask, pause);
    }

    async function ask() {
        try {
            const answer = await fetch(live.dataset.live, {
                headers: {"If-None-Match": fresh.etag, "X-Requested-With": "XMLHttpRequest"},
                cache: "no-store", credentials: "same-origin", signal: AbortSignal.timeout(10000),
            });
            if (answer.status !== 304) await take(answer);
            Object.assign(fresh, {at: new Date(), failures: 0});
            note.hidden = true;
        } catch (error) {
            fresh.failures += 1;
            const said = error.gone ? live.dataset.gone : live.dataset.lost;
            note.textContent = `${said} ${fresh.at.toLocaleTimeString()}.`;
            note.hidden = false;
        }
        later();
    }

    async function take(answer) {
        const every = answer.headers.get("X-Zdt-Live");
        if (!answer.ok || every === null) throw Object.assign(new Error(), {gone: answer.status < 500});
        const parts = new DOMParser().parseFromString(await answer.text(), "text/html");
        fresh.skipped = false;
        const kept = Array.from(parts.querySelectorAll("[data-part]"), put);
        for (const old of live.querySelectorAll("[data-part]")) {
            if (!kept.includes(old) && !busy(old)) old.remove();
        }
        const etag = fresh.skipped ? "" : answer.headers.get("ETag") || "";
        Object.assign(fresh, {every: Number(every), etag});
    }

    function put(part, index) {
        const old = live.querySelector(`[data-part="${part.dataset.part}"]`);
        if (!old) {
            const added = document.importNode(part, true);
            live.insertBefore(added, live.children[index] || null);
            return added;
        }
        if (old.dataset.version === part.dataset.version) return old;
        if (busy(old)) {
            fresh.skipped = true;
            for (const word of old.querySelectorAll("[data-behind]")) word.hidden = false;
        } else {
            swap(old, part);
        }
        return old;
    }

    function busy(part) {
        const fields = part.querySelectorAll("input:not([type=hidden]), textarea");
        return part.querySelector("dialog[open]") !== null
            || Array.from(fields).some((field) => field === document.activeElement || field.value !== field.defaultValue);
    }

    function swap(old, part) {
        const open = Array.from(old.querySelectorAll("details[open]"), (each) => each.id);
        const held = old.contains(document.activeElement) ? document.activeElement : null;
        const place = held && Array.from(old.querySelectorAll(held.localName)).indexOf(held);
        old.replaceChildren(...document.importNode(part, true).childNodes);
        old.dataset.version = part.dataset.version;
        for (const id of open) old.querySelector(`#${CSS.escape(id)}`)?.setAttribute("open", "");
        if (held) (document.getElementById(held.id) || old.querySelectorAll(held.localName)[place])?.focus();
    }

    document.addEventListener("visibilitychange", () => (document.hidden ? clearTimeout(timer) : fresh.every && ask()));
    later();
})();
