// Live computation of a form: posts what is typed, shows computed values, conditions and errors as the server sees them.
import { readAnswer, type Answer } from "../plain/answer.ts";
import { around } from "../plain/steps.ts";
import { request } from "../request.ts";
import { LoamCombobox } from "./combobox.ts";

const pause = 250;

export class LoamLive extends HTMLElement {
  private timer: ReturnType<typeof setTimeout> | undefined;
  private running: AbortController | undefined;
  private readonly touched = new Set<string>();
  private ready = false;

  connectedCallback(): void {
    if (this.ready) return;
    this.ready = true;
    for (const kind of ["input", "change"]) {
      this.addEventListener(kind, (event) => {
        if (event.target instanceof Element) this.hear(event.target);
      });
    }
    // Whoever is quicker than this script is heard all the same.
    for (const control of this.querySelector("form")?.elements ?? []) if (differs(control)) this.hear(control);
  }

  private hear(control: Element): void {
    this.touched.add(control.getAttribute("name") ?? "");
    clearTimeout(this.timer);
    this.timer = setTimeout(() => void this.ask(), pause);
  }

  disconnectedCallback(): void {
    clearTimeout(this.timer);
    this.running?.abort();
  }

  private async ask(): Promise<void> {
    const form = this.querySelector("form");
    if (form === null || this.dataset["url"] === undefined) return;
    this.running?.abort();
    const running = (this.running = new AbortController());
    const body = new URLSearchParams();
    for (const [name, value] of new FormData(form)) if (typeof value === "string") body.append(name, value);
    try {
      const response = await request(this.dataset["url"], { method: "POST", body, signal: running.signal });
      if (response.ok && !running.signal.aborted) this.apply(form, readAnswer(await response.json()));
    } catch {
      // Superseded by newer typing, or offline: the form stays as it is and is checked again when it is sent.
    }
  }

  private apply(form: HTMLFormElement, answer: Answer): void {
    const controls = new Map<string, Element[]>();
    for (const control of form.elements) {
      const name = control.getAttribute("name");
      if (name !== null) controls.set(name, [...(controls.get(name) ?? []), control]);
    }
    for (const [name, value] of answer.values) {
      // An input somebody stands in is not written to, so it stays untouched as it is.
      const twin = name.endsWith(".kept") ? (controls.get(name.slice(0, -5)) ?? []) : [];
      if (twin.some((control) => control === document.activeElement)) continue;
      for (const control of speaking(controls.get(name) ?? [])) setValue(control, value);
    }
    for (const [name, shown] of answer.visible) this.setVisible(name, shown);
    if (answer.step !== "") this.setStep(answer.step);
    for (const [name, needed] of answer.required) this.setRequired(name, needed, controls.get(name) ?? []);
    for (const [name, message] of answer.errors) {
      if (message === "" || this.touched.has(name)) for (const control of controls.get(name) ?? []) setError(control, message);
    }
  }

  private setVisible(name: string, shown: boolean): void {
    const attribute = name.startsWith("section:") ? "data-section" : "data-field";
    // A form in steps or tabs (`_at` says where) shows one section at a time, whatever its condition says; that says which of
    // them there are.
    if (attribute === "data-section" && this.querySelector("input[name=_at]") !== null) {
      const place = this.places()[Number(name.replace(/^section:/, ""))];
      if (place !== undefined) place.hidden = !shown;
      return;
    }
    for (const part of this.querySelectorAll<HTMLElement>(`[${attribute}="${CSS.escape(name.replace(/^section:/, ""))}"]`)) {
      part.hidden = !shown;
      // A hidden control must not be sent, nor stop the form by being required.
      for (const control of part.querySelectorAll<HTMLInputElement>("input, select, textarea, button")) control.disabled = !shown;
    }
  }

  /** The steps or tabs of the form, one per section. */
  private places(): HTMLElement[] {
    return [...this.querySelectorAll<HTMLElement>(".form > .steps > li, .form > .tabs > .tab")];
  }

  /** Says where one is, and leads to the steps there are before and after. */
  private setStep(said: string): void {
    const status = this.querySelector(".form > [data-step]");
    if (status !== null && status.textContent !== said) status.textContent = said;
    const { before, after } = around(this.places().map((place) => !place.hidden), Number(this.querySelector<HTMLInputElement>("input[name=_at]")?.value));
    this.lead("[data-before]", before);
    this.lead("[data-after]", after);
    // What Enter presses: it goes on as long as there is a step after, and saves in the last one.
    const enter = this.querySelector<HTMLButtonElement>(".form > [data-enter]");
    if (enter !== null) {
      enter.name = after === undefined ? "" : "_step";
      enter.value = after === undefined ? "" : String(after);
    }
    const save = this.querySelector<HTMLElement>(".form-actions > [data-save]");
    if (save !== null) save.hidden = after !== undefined;
  }

  private lead(button: string, step: number | undefined): void {
    const found = this.querySelector<HTMLButtonElement>(`.form-actions > ${button}`);
    if (found === null) return;
    found.hidden = step === undefined;
    if (step !== undefined) found.value = String(step);
  }

  private setRequired(name: string, needed: boolean, controls: Element[]): void {
    for (const control of controls) control.toggleAttribute("required", needed);
    for (const label of this.querySelectorAll(`[data-field="${CSS.escape(name)}"] > .label`)) {
      const mark = label.querySelector(".required");
      if (needed && mark === null) {
        const made = document.createElement("span");
        made.className = "required";
        made.ariaHidden = "true";
        made.textContent = "*";
        label.append(made);
      } else if (!needed) mark?.remove();
    }
  }
}

/** Whether a control holds something else than the page came with. */
function differs(control: Element): boolean {
  if (control instanceof HTMLTextAreaElement) return control.value !== control.defaultValue;
  if (!(control instanceof HTMLInputElement) || control.type === "hidden") return false;
  const ticks = control.type === "checkbox" || control.type === "radio";
  return ticks ? control.checked !== control.defaultChecked : control.value !== control.defaultValue;
}

/** Without the hidden input that stands for "not ticked" beside a checkbox of the same name. */
function speaking(controls: Element[]): Element[] {
  return controls.length === 1 ? controls : controls.filter((control) => control.getAttribute("type") !== "hidden");
}

function setValue(control: Element, value: string): void {
  if (control === document.activeElement) return;
  if (control instanceof HTMLOutputElement) {
    if (control.textContent === value) return;
    control.textContent = value;
    control.classList.remove("settling");
    requestAnimationFrame(() => control.classList.add("settling"));
  } else if (control instanceof HTMLInputElement && (control.type === "checkbox" || control.type === "radio")) control.checked = control.value === value;
  else if (control instanceof HTMLInputElement || control instanceof HTMLTextAreaElement) control.value = value;
  else if (control instanceof HTMLSelectElement) {
    control.value = value;
    const picker = control.closest("loam-combobox");
    if (picker instanceof LoamCombobox) picker.show();
  }
}

function setError(control: Element, message: string): void {
  const place = control.closest(".field, td")?.querySelector(".error");
  if (place !== null && place !== undefined) place.textContent = message;
  const visible = control.closest("loam-combobox")?.querySelector(".picker > .input") ?? control;
  if (message === "") visible.removeAttribute("aria-invalid");
  else visible.setAttribute("aria-invalid", "true");
}
