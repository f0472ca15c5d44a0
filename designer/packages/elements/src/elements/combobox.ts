// A reference picker over a <select>, which stays the value: one choice, or several shown as chips. Where an <input> stands in
// it instead, for what somebody types without a script, a <select> of the same name takes its place.
import type { Item } from "../plain/items.ts";
import { say } from "../words.ts";
import { Choices } from "./choices.ts";

export class LoamCombobox extends HTMLElement {
  private select: HTMLSelectElement | null = null;
  private readonly input = document.createElement("input");
  private readonly picker = document.createElement("div");

  connectedCallback(): void {
    const select = this.querySelector("select") ?? this.choosing();
    if (select === null || this.select !== null) return;
    this.select = select;
    const input = this.input;
    // The label, help and error texts pointed at the select; now they belong to the text field.
    input.id = select.id;
    select.removeAttribute("id");
    input.type = "text";
    input.className = "input";
    input.disabled = select.disabled;
    input.required = select.required && !select.multiple;
    input.placeholder = this.dataset["placeholder"] ?? "";
    for (const name of ["aria-label", "aria-labelledby", "aria-describedby", "aria-invalid"]) {
      const value = select.getAttribute(name);
      if (value !== null) input.setAttribute(name, value);
    }
    input.setAttribute("role", "combobox");
    input.setAttribute("aria-expanded", "false");
    select.hidden = true;
    select.required = false;
    const choices = new Choices(input, () => this.dataset["url"] ?? "", (item) => this.pick(item), (id) => this.holds(id));
    this.picker.className = "picker";
    this.picker.append(input, choices.box);
    this.append(this.picker);
    this.show();
    if (select.autofocus) input.focus();

    input.addEventListener("input", () => choices.ask(input.value.trim()));
    input.addEventListener("click", () => {
      input.select();
      if (!choices.open) choices.ask("", 0);
    });
    input.addEventListener("blur", () => this.leave());
    input.addEventListener("keydown", (event) => {
      if (choices.key(event)) return;
      if (event.key === "ArrowDown") {
        choices.ask("", 0);
        event.preventDefault();
      } else if (event.key === "Enter" && input.value !== this.label()) event.preventDefault();
      else if (event.key === "Backspace" && select.multiple && input.value === "") this.drop(select.selectedOptions[select.selectedOptions.length - 1]);
    });
    this.picker.addEventListener("click", (event) => {
      const button = event.target instanceof Element ? event.target.closest<HTMLElement>("[data-drop]") : null;
      if (button === null) return;
      this.drop([...select.selectedOptions].find((option) => option.value === button.dataset["drop"]));
      input.focus();
    });
  }

  /** A select in place of the field for typing, with what was typed there already. */
  private choosing(): HTMLSelectElement | null {
    const typed = this.querySelector("input");
    if (typed === null) return null;
    const select = document.createElement("select");
    Object.assign(select, { id: typed.id, name: typed.name, required: typed.required, disabled: typed.disabled });
    select.multiple = this.dataset["several"] !== undefined;
    if (!select.multiple) select.append(new Option("", ""));
    if (typed.value !== "") select.append(new Option(typed.value, typed.value, true, true));
    for (const { name, value } of typed.attributes) if (name.startsWith("aria-")) select.setAttribute(name, value);
    typed.replaceWith(select);
    return select;
  }

  /** Choices made elsewhere (a live answer): shows what the select holds now. */
  show(): void {
    if (this.select?.multiple !== true) {
      this.input.value = this.label();
      return;
    }
    for (const chip of this.picker.querySelectorAll(".chip")) chip.remove();
    this.input.before(...[...this.select.selectedOptions].filter((option) => option.value !== "").map(chip));
    this.input.value = "";
  }

  private label(): string {
    const option = this.select?.selectedOptions[0];
    return this.select?.multiple === true || option === undefined || option.value === "" ? "" : option.text;
  }

  private holds(id: string): boolean {
    return [...(this.select?.selectedOptions ?? [])].some((option) => option.value === id);
  }

  private pick(item: Item): void {
    const select = this.select;
    if (select === null) return;
    let option = [...select.options].find((found) => found.value === item.id);
    if (option === undefined) {
      option = new Option(item.label, item.id);
      select.append(option);
    }
    option.selected = !(select.multiple && option.selected);
    this.changed();
  }

  private drop(option: HTMLOptionElement | undefined): void {
    if (option === undefined) return;
    option.selected = false;
    this.changed();
  }

  /** An emptied field clears the choice; half-typed text goes back to what is chosen. */
  private leave(): void {
    const select = this.select;
    if (select === null || select.multiple || this.input.value === this.label()) return this.show();
    if (this.input.value.trim() === "") {
      if (![...select.options].some((option) => option.value === "")) select.prepend(new Option("", ""));
      select.value = "";
      this.changed();
    }
    this.show();
  }

  private changed(): void {
    this.show();
    this.select?.dispatchEvent(new Event("change", { bubbles: true }));
  }
}

function chip(option: HTMLOptionElement): HTMLElement {
  const made = document.createElement("span");
  made.className = "chip removable";
  made.textContent = option.text;
  const button = document.createElement("button");
  button.type = "button";
  button.dataset["drop"] = option.value;
  button.setAttribute("aria-label", say("remove", option.text));
  button.textContent = "×";
  made.append(button);
  return made;
}
