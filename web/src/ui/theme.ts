/* Light, dark, or as the system says (the default); a choice is remembered in this browser. */
import { computed, signal } from "@preact/signals";

export type Theme = "light" | "dark";
const NAME = "exemplar-theme";

const remembered = (): Theme | null => {
  try {
    const value = localStorage.getItem(NAME);
    return value === "light" || value === "dark" ? value : null;
  } catch {
    return null;
  }
};

const system = matchMedia("(prefers-color-scheme: dark)");
const chosen = signal<Theme | null>(remembered());
const systemIsDark = signal(system.matches);
export const theme = computed<Theme>(() => chosen.value ?? (systemIsDark.value ? "dark" : "light"));

export function startTheme(): void {
  system.addEventListener("change", () => (systemIsDark.value = system.matches));
  theme.subscribe((now) => (document.documentElement.dataset["theme"] = now));
}

export function chooseTheme(next: Theme): void {
  chosen.value = next;
  try {
    localStorage.setItem(NAME, next);
  } catch {
    /* It holds until the page is left. */
  }
}
