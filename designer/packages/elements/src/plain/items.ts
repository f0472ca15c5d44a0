// The answer of a lookup: what a picker or a mention may choose from.
import { isRecord } from "../request.ts";

export interface Item {
  id: string;
  label: string;
  hint: string;
}

export function readItems(json: unknown): Item[] {
  const list = isRecord(json) && Array.isArray(json["items"]) ? json["items"] : [];
  return list.filter(isRecord).flatMap(({ id, label, hint }) =>
    typeof id === "string" && typeof label === "string" ? [{ id, label, hint: typeof hint === "string" ? hint : "" }] : [],
  );
}
