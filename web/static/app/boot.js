// What the server knows of this person and this clinic, put into the page as JSON; nothing here changes without a reload.
export const boot = JSON.parse(document.getElementById("boot").textContent);
export const me = boot.me;
export const icons = document.querySelector("meta[name=okno-icons]").content;
export const csrf = document.querySelector("meta[name=okno-csrf]").content;

/** Whether the role of this account has a permission, e.g. `calls.read`. The server checks it again. */
export const may = (permission) => boot.permissions.includes(permission);

/** A title is a text or {ru, en}. */
export const titled = (title) => (title && typeof title === "object" ? title[boot.lang] ?? title.en : title) ?? "";
