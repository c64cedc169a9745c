// Say whose a request is: find a contact by name or number, or type a number nobody has yet; then confirm.
import { useState } from "preact/hooks";
import { html } from "../html.js";
import { t } from "../i18n.js";
import { order } from "../live/commands.js";
import { canAct } from "../live/link.js";
import { Chooser, Dialog } from "../parts/dialog.js";
import { Icon } from "../parts/icon.js";
import { useFound } from "../parts/search.js";
import { toast } from "../parts/toast.js";
import { first } from "./focus.js";

const NUMBER = /^\+?[\d\s()-]{10,}$/;
const link = (request, whom) => order("link", { request: request.id, version: request.version, ...whom });

const draw = ({ icon, title, about }) => html`<${Icon} name=${icon} /><span class="strong cut">${title}</span><span class="quiet small cut grow">${about}</span>`;

/** Who was chosen, and what follows from it, before it is done. */
function Confirm({ request, whom, back, onClose }) {
  const [sending, setSending] = useState(false);
  const yes = async () => {
    setSending(true);
    const answer = await link(request, whom.args);
    setSending(false);
    if (answer.ok) { toast(t("link.done")); onClose(); }
  };
  return html`<div class="link-confirm"><p>${t("link.confirm", { number: request.number })}</p><p class="link-whom"><${Icon} name="user" /><span class="strong">${whom.title}</span> <span class="quiet">${whom.about}</span></p>
    <p class="small quiet">${t("link.follows")}</p>
    <div class="hint-foot"><button class="btn btn-primary btn-small" type="button" ref=${first} disabled=${sending || !canAct.value} onClick=${yes}>${t("action.link")}</button>
      <button class="btn btn-small" type="button" onClick=${back}>${t("action.cancel")}</button></div></div>`;
}

export function LinkDialog({ request, onClose }) {
  const [text, setText] = useState("");
  const [, again] = useState(0);
  const [whom, setWhom] = useState(null);
  const { status, items } = useFound(text);
  const contacts = items.filter((one) => one.contact).map((one) => ({ ...one, run: () => setWhom({ title: one.title, about: one.about, args: { contact: one.contact } }) }));
  const typed = text.trim();
  const number = NUMBER.test(typed) && status === "ready" && !contacts.length
    ? [{ id: "n-typed", icon: "phone", title: typed, about: t("link.newNumber"), run: () => setWhom({ title: typed, about: t("link.newNumber"), args: { phone: typed } }) }] : [];
  const list = [...contacts, ...number];
  const word = status === "ready" && !list.length ? "link.nothing" : status === "ready" ? "link.choose" : status === "idle" ? "link.hint" : `search.${status}`;
  return html`<${Dialog} title=${t("link.title", { number: request.number })} onClose=${onClose}>
    ${whom ? html`<${Confirm} request=${request} whom=${whom} back=${() => setWhom(null)} onClose=${onClose} />` : html`
    <${Chooser} items=${list} draw=${draw} text=${text} onText=${(value, same) => (same ? again((n) => n + 1) : setText(value))} label=${t("link.search")} placeholder=${t("link.search")} listLabel=${t("search.results")} />
    <p class="search-word quiet small" role="status">${t(word)}</p>`}<//>`;
}
