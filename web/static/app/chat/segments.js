// How many short messages a text takes (3GPP TS 23.038), as `chat.sms.segments` counts them: no sign is ever cut in two.
const BASIC = new Set("@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà");
const EXTENDED = new Set("\f^{}\\[~]|€");

/** {count, free}: the messages, and the units still free in the last. */
export function segments(text) {
  const signs = [...text];
  const plain = signs.every((sign) => BASIC.has(sign) || EXTENDED.has(sign));
  const [one, many] = plain ? [160, 153] : [70, 67];
  const widths = signs.map((sign) => (plain ? (EXTENDED.has(sign) ? 2 : 1) : sign.length));
  const units = widths.reduce((sum, width) => sum + width, 0);
  if (units <= one) return { count: signs.length ? 1 : 0, free: one - units };
  let [count, last] = [1, 0];
  for (const width of widths) {
    if (last + width > many) [count, last] = [count + 1, 0];
    last += width;
  }
  return { count, free: many - last };
}
