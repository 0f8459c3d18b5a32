// What survives a swap: which element has focus, how far things are scrolled, which details are open, and words
// typed but not saved. Elements are found again by an address made of ids, data-keys, forms and names.

import { changedFields, held } from './small.js';

const KEYED = ['data-key', 'data-card', 'data-stage', 'action', 'href'];

/** A selector that finds this element, and no other, in the next version of the page; null if there is none. */
export function address(element) {
  const path = element && element !== document.body ? trail(element) : null;
  return path && document.querySelector(path) === element ? path : null;
}

function trail(element) {
  if (element.id) return `#${CSS.escape(element.id)}`;
  if (element.matches('header.bar h1')) return 'header.bar h1';
  const pin = (name) => (element.hasAttribute(name) ? `[${name}="${CSS.escape(element.getAttribute(name))}"]` : '');
  const tag = element.localName;
  const key = KEYED.map(pin).find(Boolean);
  if (key && !key.startsWith('[action') && !key.startsWith('[href')) return tag + key;
  const holder = element.parentElement?.closest('[id], [data-key], [data-card], [data-stage], form[action]');
  if (!holder) return null;
  const own = key || (pin('name') + (element.matches('[type=checkbox], [type=radio], button') ? pin('value') : ''));
  const look = own || !element.classList.length ? own : `.${CSS.escape(element.classList[0])}`;
  return `${trail(holder)} ${tag}${look}`;
}

const find = (path) => (path ? document.querySelector(path) : null);

/** Notes all that a swap must bring back; words in `form` count as saved unless typed after `sent` was taken. */
export function remember(form, sent, focusBefore) {
  const active = document.activeElement;
  // A pressed button is disabled until the answer comes, and has no focus then.
  const row = (document.querySelector('dialog[open]')?.opener ?? active)?.closest('[data-row]');
  const inside = [...document.querySelectorAll('#main *, .side-nav')];
  const scrolled = inside.filter((one) => one.scrollTop || one.scrollLeft);
  const words = changedFields(document)
    .filter((field) => !['file', 'password', 'hidden'].includes(field.type))
    .filter((field) => !form || field.form !== form || sent.get(field) !== held(field));
  return {
    y: scrollY,
    focus: active && active !== document.body ? address(active) : focusBefore,
    marked: active?.matches('input, textarea') ? [active.selectionStart, active.selectionEnd] : [],
    row: row ? [...document.querySelectorAll('[data-row]')].indexOf(row) : -1,
    scrolls: scrolled.map((one) => ({
      path: address(one), top: one.scrollTop, left: one.scrollLeft,
      // A conversation read to its end stays at its end when a message arrives.
      atEnd: one.matches(':has(.messages)') && one.scrollTop + one.clientHeight >= one.scrollHeight - 8,
    })),
    open: [...document.querySelectorAll('#main details:not([data-menu])')].map((one) => [address(one), one.open]),
    words: words.map((field) => [address(field), field.multiple ? null : held(field)]),
  };
}

/** Brings back open details, words and inner scrolling, before anything looks at the new page. */
export function recall({ scrolls, open, words }) {
  for (const [path, isOpen] of open) if (find(path)) find(path).open = isOpen;
  for (const [path, value] of words) {
    const field = find(path);
    if (!field || value === null) continue;
    if (typeof value === 'boolean') field.checked = value;
    else if (!field.options || [...field.options].some((one) => one.value === value)) field.value = value;
  }
  for (const { path, top, left, atEnd } of scrolls) {
    find(path)?.scrollTo({ top: atEnd ? find(path).scrollHeight : top, left, behavior: 'instant' });
  }
}

/** Puts focus and window scroll where the reader expects them after a swap. */
export function place({ kind, memory, moved, refused, hash, y }) {
  if (refused && (focusProblem() || focusOn(document.querySelector('#main .notice.bad'), [], false))) return;
  const survived = document.activeElement !== document.body;
  if (memory && ((survived && !moved) || focusOn(find(memory.focus), memory.marked))) {
    scrollTo({ top: memory.y, behavior: 'instant' });
    return;
  }
  if (moved) {
    const anchor = hash ? document.getElementById(decodeURIComponent(hash.slice(1))) : null;
    // An address may lead into a field: “/” on any page goes to the search of people.
    focusOn(anchor?.matches('input, textarea') ? anchor : null)
      || focusOn(document.querySelector('#main [autofocus]')) || focusOn(heading());
    if (anchor) anchor.scrollIntoView();
    else scrollTo({ top: y ?? 0, behavior: 'instant' });
    return;
  }
  const rows = document.querySelectorAll('[data-row]');
  const near = memory?.row >= 0 ? rows[Math.min(memory.row, rows.length - 1)] : null;
  const fresh = kind === 'refresh' ? null : document.querySelector('#main [autofocus]');
  const done = focusOn(fresh) || focusOn(near);
  if (!done && (kind !== 'refresh' || memory?.focus)) focusOn(document.getElementById('main'));
  scrollTo({ top: memory?.y ?? 0, behavior: 'instant' });
}

const heading = () => document.querySelector('header.bar h1') ?? document.querySelector('#main h1')
  ?? document.getElementById('main');

function focusProblem() {
  const problem = document.querySelector('dialog[open] .problem') ?? document.querySelector('#main .problem');
  if (!problem) return false;
  const fields = 'input:not([type=hidden]), select, textarea';
  const named = problem.id ? document.querySelector(`[aria-describedby~="${CSS.escape(problem.id)}"]`) : null;
  return focusOn(problem.closest('.field, fieldset')?.querySelector(fields) ?? named ?? problem, [], false);
}

function focusOn(element, [from, to] = [], preventScroll = true) {
  if (!element) return false;
  element.focus({ preventScroll });
  if (document.activeElement !== element) {
    if (element.matches('input, select, textarea, button, a[href]')) return false; // hidden or disabled
    element.tabIndex = -1;
    element.focus({ preventScroll });
  }
  if (from != null && element.setSelectionRange) element.setSelectionRange(from, to);
  return document.activeElement === element;
}
