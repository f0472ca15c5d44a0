// Rows of a form: add, remove, reorder, and keep the names `field[0][sub]` counting from zero.
import { renumber, renumberIds } from "../plain/rows.ts";

const names = ["name", "data-field"];
const ids = ["id", "for", "aria-describedby", "aria-labelledby", "aria-controls"];

export class LoamSubtable extends HTMLElement {
  private ready = false;

  connectedCallback(): void {
    if (this.ready) return;
    this.ready = true;
    this.addEventListener("click", (event) => this.press(event));
    this.settle();
  }

  private get field(): string {
    return this.dataset["name"] ?? "";
  }

  private get rows(): HTMLElement[] {
    return [...this.querySelectorAll<HTMLElement>("[data-row]")];
  }

  private press(event: Event): void {
    const button = event.target instanceof Element ? event.target.closest<HTMLElement>("[data-add], [data-remove], [data-up], [data-down]") : null;
    if (button === null || !this.contains(button)) return;
    event.preventDefault();
    const row = button.closest<HTMLElement>("[data-row]");
    if (button.dataset["add"] !== undefined) this.add();
    else if (row !== null && button.dataset["remove"] !== undefined) this.removeRow(row);
    else if (row !== null) {
      const up = button.dataset["up"] !== undefined;
      if (up) row.previousElementSibling?.before(row);
      else row.nextElementSibling?.after(row);
      this.settle();
      button.focus();
    }
    this.dispatchEvent(new Event("change", { bubbles: true }));
  }

  private add(): void {
    const template = this.querySelector("template");
    const list = this.querySelector("tbody");
    const row = template?.content.querySelector("[data-row]");
    if (list === null || row === null || row === undefined) return;
    const made = document.importNode(row, true);
    // Numbered before it enters the page, because elements inside it read their ids as soon as they are in.
    if (made instanceof HTMLElement) this.number(made, this.rows.length);
    list.append(made);
    this.settle();
    made.querySelector<HTMLElement>("input:not([type=hidden]), select:not([hidden]), textarea")?.focus();
  }

  private removeRow(row: HTMLElement): void {
    const near = row.nextElementSibling ?? row.previousElementSibling;
    row.remove();
    this.settle();
    (near?.querySelector<HTMLElement>("[data-remove]") ?? this.querySelector<HTMLElement>(":scope > [data-add]"))?.focus();
  }

  private settle(): void {
    const rows = this.rows;
    rows.forEach((row, index) => {
      this.number(row, index);
      disable(row.querySelector("[data-up]"), index === 0);
      disable(row.querySelector("[data-down]"), index === rows.length - 1);
    });
    disable(this.querySelector(":scope > [data-add]"), rows.length >= Number(this.dataset["max"] ?? "1000"));
  }

  private number(row: HTMLElement, index: number): void {
    for (const part of [row, ...row.querySelectorAll("*")]) {
      for (const name of names) rewrite(part, name, (text) => renumber(text, this.field, index));
      for (const name of ids) rewrite(part, name, (text) => renumberIds(text, this.field, index));
      if (part.matches("[data-remove]")) rewrite(part, "value", (text) => renumber(text, this.field, index));
    }
  }
}

function rewrite(part: Element, attribute: string, change: (text: string) => string): void {
  const before = part.getAttribute(attribute);
  if (before === null) return;
  const after = change(before);
  if (after !== before) part.setAttribute(attribute, after);
}

function disable(button: Element | null, yes: boolean): void {
  if (button instanceof HTMLButtonElement) button.disabled = yes;
}
