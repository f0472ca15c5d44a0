// The list of suggestions under a text field, as the ARIA combobox pattern asks: the focus stays in the field.
import { readItems, type Item } from "../plain/items.ts";
import { request, withQuery } from "../request.ts";
import { say } from "../words.ts";

let serial = 0;

export class Choices {
  readonly box = document.createElement("div");
  private items: Item[] = [];
  private active = -1;
  private asked = 0;
  private timer: ReturnType<typeof setTimeout> | undefined;

  constructor(
    private readonly field: HTMLInputElement | HTMLTextAreaElement,
    private readonly url: () => string,
    private readonly choose: (item: Item) => void,
    private readonly chosen: (id: string) => boolean = () => false,
  ) {
    this.box.className = "listbox";
    this.box.id = `listbox-${(serial += 1)}`;
    this.box.setAttribute("role", "listbox");
    this.box.hidden = true;
    field.setAttribute("aria-autocomplete", "list");
    field.setAttribute("aria-controls", this.box.id);
    field.setAttribute("autocomplete", "off");
    // Choosing happens on mousedown's default being stopped, so that the field keeps the focus.
    this.box.addEventListener("mousedown", (event) => event.preventDefault());
    this.box.addEventListener("click", (event) => {
      const option = event.target instanceof Element ? event.target.closest<HTMLElement>("[role=option]") : null;
      if (option !== null) this.take(Number(option.dataset["index"]));
    });
    field.addEventListener("blur", () => this.close());
  }

  get open(): boolean {
    return !this.box.hidden;
  }

  /** Asks for `query` after a pause; only the newest answer is shown. */
  ask(query: string, pause = 180): void {
    clearTimeout(this.timer);
    const ticket = (this.asked += 1);
    this.timer = setTimeout(() => void this.fetch(query, ticket), pause);
  }

  close(): void {
    clearTimeout(this.timer);
    this.asked += 1;
    this.box.hidden = true;
    this.field.removeAttribute("aria-activedescendant");
    if (this.field.getAttribute("role") === "combobox") this.field.setAttribute("aria-expanded", "false");
  }

  /** Handles the keys of the list; true when the key was used. */
  key(event: KeyboardEvent): boolean {
    if (!this.open) return false;
    if (event.key === "ArrowDown") this.move(this.active + 1);
    else if (event.key === "ArrowUp") this.move(this.active - 1);
    else if (event.key === "Escape") this.close();
    else if ((event.key === "Enter" || event.key === "Tab") && this.items[this.active] !== undefined && !event.isComposing) this.take(this.active);
    else return false;
    if (event.key !== "Tab") event.preventDefault();
    return true;
  }

  private async fetch(query: string, ticket: number): Promise<void> {
    let note = say("noMatch");
    try {
      const response = await request(withQuery(this.url(), "q", query));
      this.items = response.ok ? readItems(await response.json()) : [];
      if (!response.ok) note = say("failed");
    } catch {
      this.items = [];
      note = say("offline");
    }
    if (ticket === this.asked) this.show(note);
  }

  private show(note: string): void {
    this.active = -1;
    this.box.replaceChildren(...this.items.map((item, index) => this.option(item, index)));
    if (this.items.length === 0) {
      const line = document.createElement("div");
      line.className = "listbox-note";
      line.setAttribute("role", "option");
      line.setAttribute("aria-disabled", "true");
      line.textContent = note;
      this.box.append(line);
    }
    this.box.hidden = false;
    if (this.field.getAttribute("role") === "combobox") this.field.setAttribute("aria-expanded", "true");
    if (this.items.length > 0) this.move(0);
  }

  private option(item: Item, index: number): HTMLElement {
    const option = document.createElement("div");
    option.setAttribute("role", "option");
    option.id = `${this.box.id}-${index}`;
    option.dataset["index"] = String(index);
    if (this.chosen(item.id)) option.dataset["chosen"] = "";
    const label = document.createElement("span");
    label.textContent = item.label;
    option.append(label);
    if (item.hint !== "") {
      const hint = document.createElement("span");
      hint.className = "hint";
      hint.textContent = item.hint;
      option.append(hint);
    }
    return option;
  }

  private move(to: number): void {
    const count = this.items.length;
    if (count === 0) return;
    this.active = (to + count) % count;
    for (const [index, option] of [...this.box.children].entries()) {
      option.setAttribute("aria-selected", String(index === this.active));
      if (index === this.active) option.scrollIntoView({ block: "nearest" });
    }
    this.field.setAttribute("aria-activedescendant", `${this.box.id}-${this.active}`);
  }

  private take(index: number): void {
    const item = this.items[index];
    this.close();
    if (item !== undefined) this.choose(item);
  }
}
