// Finding and completing `@name` in plain text.

/** The name being typed at `caret`, if the caret is in one: where its `@` is and what follows it. */
export function mentionAt(text: string, caret: number): { start: number; query: string } | undefined {
  const match = /(?:^|[^\w@])@([^\s@]{0,30})$/u.exec(text.slice(0, caret));
  const query = match?.[1];
  return query === undefined ? undefined : { start: caret - query.length - 1, query };
}

/** `text` with the name at `start` completed, and where the caret goes. */
export function complete(text: string, start: number, caret: number, label: string): { text: string; caret: number } {
  const inserted = `@${label} `;
  return { text: text.slice(0, start) + inserted + text.slice(caret).replace(/^ /, ""), caret: start + inserted.length };
}

/** Of those chosen, the ones whose name is still in the text; of several of one name those chosen last, as many as it stands there. */
export function remaining(text: string, chosen: ReadonlyMap<string, string>): string[] {
  const left = new Map<string, number>();
  const latest = [...chosen].reverse().filter(([, label]) => {
    const times = left.get(label) ?? text.split(`@${label}`).length - 1;
    left.set(label, times - 1);
    return times > 0;
  });
  return latest.reverse().map(([id]) => id);
}
