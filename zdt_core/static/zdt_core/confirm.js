/* Typed confirmation. form[data-ask=ID] opens the dialog ID instead of loading the page that asks;
   form[data-confirm=TEXT] cannot be sent before TEXT is typed. The server checks it either way. */
"use strict";
(function () {
    if (!window.HTMLDialogElement) return;

    document.addEventListener("submit", (event) => {
        const dialog = document.getElementById(event.target.dataset.ask || "");
        if (!dialog) return;
        event.preventDefault();
        check(dialog.querySelector("form"));
        dialog.showModal();
    });

    document.addEventListener("click", (event) => {
        if (event.target.closest?.("[data-close]")) {
            event.preventDefault();
            event.target.closest("dialog").close();
        }
    });

    document.addEventListener("input", (event) => check(event.target.form));

    function check(form) {
        if (!form?.dataset.confirm) return;
        const typed = form.elements.namedItem("typed").value.trim();
        form.querySelector("[type=submit]").disabled = typed !== form.dataset.confirm;
    }

    document.querySelectorAll("form[data-confirm]").forEach(check);
})();
