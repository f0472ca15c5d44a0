// A list that is gone through by keys: J and K, or the arrows once one is in it, Enter opens, X chooses. They do nothing while
// somebody types, nor where anything outside the list has the focus. The page brings the help that lists them.
import { deed, goTo } from "../plain/keys.ts";
import { say } from "../words.ts";

const typing = "input:not([type=checkbox]), textarea, select, [contenteditable], dialog[open]";

export class LoamKeys extends HTMLElement {
  /** The address of the task one was at last, for when the list is fetched anew. */
  private last = "";

  private readonly press = (event: KeyboardEvent): void => {
    const target = event.target;
    if (event.ctrlKey || event.metaKey || event.altKey || !(target instanceof Element) || target.closest(typing) !== null) return;
    const nowhere = target === document.body || target.id === "main";
    if (!nowhere && !this.contains(target)) return;
    const item = target.closest(".item");
    // Enter on a box would send the whole form; here it opens the task.
    if (event.key === "Enter" && item !== null && target.matches("input[type=checkbox]")) {
      event.preventDefault();
      item.querySelector<HTMLElement>(".item-title")?.click();
      return;
    }
    const what = deed(event.key, item !== null);
    if (what === undefined) return;
    event.preventDefault();
    if (what === "help") this.help();
    else if (what === "choose") this.choose(item);
    else this.go(item, what === "next" ? 1 : -1);
  };

  connectedCallback(): void {
    document.addEventListener("keydown", this.press);
    const help = this.querySelector<HTMLElement>(".keys");
    if (help !== null) help.hidden = false;
  }

  disconnectedCallback(): void {
    document.removeEventListener("keydown", this.press);
  }

  private go(item: Element | null, step: 1 | -1): void {
    const links = [...this.querySelectorAll<HTMLAnchorElement>(".item-title")];
    const here = links.findIndex((link) => (item === null ? link.href === this.last : item.contains(link)));
    const next = links[goTo(here, step, links.length) ?? -1];
    if (next === undefined) return;
    this.last = next.href;
    next.focus();
    next.closest(".item")?.scrollIntoView({ block: "nearest" });
  }

  private choose(item: Element | null): void {
    item?.querySelector<HTMLInputElement>("input[type=checkbox]")?.click();
    const told = this.querySelector("[role=status].keys-told");
    const chosen = this.querySelectorAll(".item input[type=checkbox]:checked").length;
    if (told !== null) told.textContent = say("chosen", String(chosen));
  }

  private help(): void {
    const help = this.querySelector<HTMLDetailsElement>("details.keys");
    if (help === null) return;
    help.open = !help.open;
    help.querySelector("summary")?.focus();
  }
}
