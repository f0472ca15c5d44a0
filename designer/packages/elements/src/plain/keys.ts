// What keys do in a list that is gone through without a mouse.

export type Deed = "next" | "before" | "choose" | "help";

/** What a key does; `inside` says whether one is in the list already: elsewhere arrows move the page, and nothing is chosen. */
export function deed(key: string, inside: boolean): Deed | undefined {
  switch (key) {
    case "j":
      return "next";
    case "k":
      return "before";
    case "?":
      return "help";
    case "x":
      return inside ? "choose" : undefined;
    case "ArrowDown":
      return inside ? "next" : undefined;
    case "ArrowUp":
      return inside ? "before" : undefined;
    default:
      return undefined;
  }
}

/** The place one comes to among so many; `at` is -1 where one is at none. The ends are not gone beyond. */
export function goTo(at: number, step: 1 | -1, many: number): number | undefined {
  if (many === 0) return undefined;
  if (at < 0) return step > 0 ? 0 : many - 1;
  return Math.min(Math.max(at + step, 0), many - 1);
}
