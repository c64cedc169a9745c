// Plain text as people write it, drawn as paragraphs and lists. A line that begins with a dash or a bullet is an item,
// with a number and a dot an item of a numbered list. Nothing in it is ever read as markup: it only becomes text nodes.
import { html } from "../html.js";

const BULLET = /^\s*[-*\u2022\u2013\u2014]\s+(.*)$/;
const NUMBER = /^\s*\d{1,2}[.)]\s+(.*)$/;

/** The blocks of a text: [{kind: "p" | "ul" | "ol", lines}]. */
export function blocks(text) {
  const made = [];
  for (const line of text.replace(/\r\n?/g, "\n").split("\n")) {
    const [kind, words] = BULLET.test(line) ? ["ul", BULLET.exec(line)[1]] : NUMBER.test(line) ? ["ol", NUMBER.exec(line)[1]] : ["p", line.trim()];
    if (!words) { made.push(null); continue; }
    if (made.at(-1)?.kind === kind) made.at(-1).lines.push(words);
    else made.push({ kind, lines: [words] });
  }
  return made.filter(Boolean);
}

const Paragraph = ({ lines }) => html`<p>${lines.map((line, at) => html`${at > 0 && html`<br />`}${line}`)}</p>`;
const List = ({ kind, lines }) => {
  const items = lines.map((line, at) => html`<li key=${at}>${line}</li>`);
  return kind === "ul" ? html`<ul>${items}</ul>` : html`<ol>${items}</ol>`;
};

export const Prose = ({ text }) => html`<div class="prose">${blocks(text).map((block, at) => (block.kind === "p" ? html`<${Paragraph} key=${at} ...${block} />` : html`<${List} key=${at} ...${block} />`))}</div>`;
