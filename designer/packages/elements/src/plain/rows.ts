// Names inside a sub-table, as text: `field[3][sub]`.

/** `text` with the index after `field` (a number, or `#` in a template) replaced: names, ids, and `field.3` of the remove button. */
export function renumber(text: string, field: string, index: number): string {
  const name = field.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");
  return text
    .replace(new RegExp(`(^|[^\\w])${name}\\[(?:\\d+|#)\\]`, "g"), (_, before: string) => `${before}${field}[${index}]`)
    .replace(new RegExp(`^${name}\\.(?:\\d+|#)$`), () => `${field}.${index}`);
}

/** An id or reference to ids: `f-key_results-3-title` or with `#`; also the bracket form of names. */
export function renumberIds(text: string, field: string, index: number): string {
  const name = field.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");
  return renumber(text, field, index).replace(new RegExp(`${name}-(?:\\d+|#)(?=-|\\s|$)`, "g"), () => `${field}-${index}`);
}
