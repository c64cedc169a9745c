// What differs between two versions of a flow, step by step: the server tells of all its steps as of one field.
const same = (one, other) => JSON.stringify(one) === JSON.stringify(other);

/** One difference of the server's as the lines people read: itself, or one line for each step that came, went or changed. */
export function byStep(one) {
  if (one.section !== "flows" || one.field !== "steps" || one.what !== "changed") return [one];
  const [was, now] = [one.was ?? {}, one.now ?? {}];
  const line = (step, more) => ({ ...one, step, path: `${one.path}.${step}${more.field ? `.${more.field}` : ""}`, ...more });
  return Object.keys({ ...was, ...now }).flatMap((step) => {
    if (!was[step]) return [line(step, { what: "added" })];
    if (!now[step]) return [line(step, { what: "removed" })];
    return Object.keys({ ...was[step], ...now[step] }).filter((field) => !same(was[step][field], now[step][field]))
      .map((field) => line(step, { field, was: was[step][field], now: now[step][field] }));
  });
}
