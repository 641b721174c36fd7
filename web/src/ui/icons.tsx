/* Own line icons, drawn on a 20-pixel grid; always beside a word or inside a labelled button. */
import type { ComponentChildren } from "preact";

const Icon = ({ children }: { children: ComponentChildren }) => (
  <svg class="icon" viewBox="0 0 20 20" width="20" height="20" aria-hidden="true" focusable="false">{children}</svg>
);

export const Mark = () => (
  <svg class="mark" viewBox="0 0 28 28" width="28" height="28" aria-hidden="true" focusable="false">
    <g class="mark-many">
      <circle cx="5" cy="5" r="2" /><circle cx="14" cy="5" r="2" /><circle cx="23" cy="5" r="2" />
      <circle cx="5" cy="14" r="2" /><circle cx="14" cy="14" r="2" />
      <circle cx="5" cy="23" r="2" /><circle cx="14" cy="23" r="2" /><circle cx="23" cy="23" r="2" />
    </g>
    <circle class="mark-one" cx="23" cy="14" r="4.6" />
  </svg>
);

export const UndoIcon = () => <Icon><path d="M7.5 4.5 3.5 8.5l4 4" /><path d="M3.5 8.5h8a5 5 0 0 1 0 10h-2" /></Icon>;
export const SkipIcon = () => <Icon><path d="m5 4 8 6-8 6z" /><path d="M15.5 4v12" /></Icon>;
export const FlagIcon = () => <Icon><path d="M5 17.5v-14" /><path d="M5 4.5c4-2.5 6 2 10.5 0v7c-4.5 2-6.5-2.5-10.5 0" /></Icon>;
export const RejectIcon = () => <Icon><circle cx="10" cy="10" r="6.5" /><path d="m5.5 14.5 9-9" /></Icon>;
export const InfoIcon = () => <Icon><circle cx="10" cy="10" r="7" /><path d="M10 9.2v4.5M10 6.4v.1" /></Icon>;
export const SunIcon = () => <Icon><circle cx="10" cy="10" r="3.3" /><path d="M10 2.5v1.5M10 16v1.5M2.5 10h1.5M16 10h1.5M4.7 4.7l1 1M14.3 14.3l1 1M4.7 15.3l1-1M14.3 5.7l1-1" /></Icon>;
export const MoonIcon = () => <Icon><path d="M15.8 12.3A6.5 6.5 0 0 1 7.7 4.2a6.5 6.5 0 1 0 8.1 8.1z" /></Icon>;
export const HelpIcon = () => <Icon><circle cx="10" cy="10" r="7" /><path d="M8 8.1c0-2.8 4.2-2.6 4.1-.1 0 1.6-2 1.8-2 3.3M10.05 13.9v.1" /></Icon>;
export const CheckIcon = () => <Icon><path d="m4.5 10.5 3.5 3.5 7.5-8" /></Icon>;
export const CloudIcon = () => <Icon><path d="M6 15.5h8a3.2 3.2 0 0 0 .6-6.35 4.6 4.6 0 0 0-8.9-.9A3.7 3.7 0 0 0 6 15.5z" /></Icon>;
export const OfflineIcon = () => <Icon><path d="M7.5 15.5H6a3.7 3.7 0 0 1-.3-7.3M8.6 5.1a4.6 4.6 0 0 1 6 4 3.2 3.2 0 0 1 2.2 4.6M3.5 3.5l13 13" /></Icon>;
export const PlusIcon = () => <Icon><path d="M10 4.5v11M4.5 10h11" /></Icon>;
export const CrossIcon = () => <Icon><path d="m5.5 5.5 9 9M14.5 5.5l-9 9" /></Icon>;
export const UploadIcon = () => <Icon><path d="M10 13.5V4M6 7.5 10 3.5l4 4M4 13v3.5h12V13" /></Icon>;
export const DownloadIcon = () => <Icon><path d="M10 3.5V13M6 9.5l4 4 4-4M4 13.5v3h12v-3" /></Icon>;
export const PictureIcon = () => <Icon><rect x="3" y="4" width="14" height="12" rx="2" /><circle cx="7.3" cy="8" r="1.2" /><path d="m3.5 14.5 4-4 3 3 2.5-2.5 3.5 3.5" /></Icon>;
export const TextIcon = () => <Icon><path d="M4 5.5h12M4 9h12M4 12.5h12M4 16h7" /></Icon>;
export const PeopleIcon = () => <Icon><circle cx="7.5" cy="7" r="2.7" /><path d="M2.5 16c.5-6 9.5-6 10 0M13 4.6a2.7 2.7 0 0 1 0 4.9M14.6 11.6c1.7.6 2.8 2 3 4.4" /></Icon>;
export const PersonIcon = () => <Icon><circle cx="10" cy="7" r="3" /><path d="M4 16.5c.5-6.5 11.5-6.5 12 0" /></Icon>;
export const BackIcon = () => <Icon><path d="M11.5 4.5 6 10l5.5 5.5" /></Icon>;
export const ReturnIcon = () => <Icon><path d="M16 5v4a3 3 0 0 1-3 3H4.5M8 8.5 4.5 12 8 15.5" /></Icon>;
