// The keyboard: j and k walk through rows, one letter acts on the row in focus, sequences such as “g t” go to pages,
// and “?” shows all of them. Never while someone types, and never with Ctrl, Alt or ⌘, which belong to the browser.

import { onSwap } from './small.js';

const PAUSE = 1000; // milliseconds between the keys of a sequence
const MOVES = { j: 1, k: -1, ArrowDown: 1, ArrowUp: -1 };
const FIELDS = 'main :is(input:not([type=hidden], [type=checkbox], [type=radio]), select, textarea)';
const NOT_TYPING = '[type=checkbox], [type=radio], [type=button], [type=submit], [type=reset]';

let typed = [];
let pause;

const isTyping = (element) => element.isContentEditable || element.matches('select, textarea, [role=textbox]')
  || (element.matches('input') && !element.matches(NOT_TYPING));
const usable = (element) => element && !element.disabled && !element.closest('[hidden]');
// Some are there on a narrow screen only, some on a wide one; the main menu's lead on where it has no room for them too.
const isHere = (one) => usable(one) && (one.closest('.side-nav') || one.getClientRects().length > 0);
const shortcutsHere = () => [...document.querySelectorAll('[data-shortcut]')].filter(isHere);
const wordsIn = (element) => [...element.childNodes].filter((node) => !node.classList?.contains('count'))
  .map((node) => node.textContent).join(' ').trim().replace(/\s+/g, ' ');
const labelOf = (element) =>
  (element.dataset.does ?? element.getAttribute('aria-label') ?? element.title) || wordsIn(element)
  || (element.labels?.[0]?.textContent.trim() ?? element.placeholder ?? '');

function press(element) {
  if (isTyping(element)) {
    element.focus();
    element.select?.();
  } else {
    element.click();
    if (element.matches('summary')) element.focus();
  }
}

// On a board the columns follow each other.
const LISTS = ['[data-board]', '[data-rows]'];
const listOf = (row) => LISTS.map((list) => row?.closest(list)).find(Boolean)
  ?? LISTS.map((list) => document.querySelector(list)).find(Boolean) ?? document.body;
const rowsOf = (row) => [...listOf(row)
  .querySelectorAll('[data-row]')].filter((one) => one.getClientRects().length > 0);

function walk(row, step) {
  const rows = rowsOf(row);
  // Whoever comes from the row that is open goes on from there.
  const from = row ?? rows.find((one) => one.classList.contains('current'));
  const next = from ? rows[rows.indexOf(from) + step] : rows[step > 0 ? 0 : rows.length - 1];
  if (!next) return;
  for (const one of next.closest('[data-rows]')?.querySelectorAll('[data-row]') ?? rows) one.tabIndex = one === next ? 0 : -1;
  next.focus();
  next.scrollIntoView({ block: 'nearest' });
}

/** Adds a key to the sequence so far; the element it completes, `true` if it may go on, or nothing. */
function sequence(key) {
  clearTimeout(pause);
  const shortcuts = shortcutsHere();
  for (const keys of [[...typed, key], [key]]) {
    const sought = keys.join(' ');
    const exact = shortcuts.find((one) => one.dataset.shortcut === sought);
    const longer = shortcuts.some((one) => one.dataset.shortcut.startsWith(`${sought} `));
    typed = longer && !exact ? keys : [];
    if (typed.length) pause = setTimeout(() => { typed = []; }, PAUSE);
    if (exact || longer) return exact ?? true;
  }
  return null;
}

// The button beside a field, such as “Move” beside the stages, goes before the one of the whole form.
const buttonFor = (field) => {
  const beside = field.closest('.line')?.querySelectorAll('button') ?? [];
  const sends = (button) => button.type === 'submit' && button.form === field.form && usable(button);
  return [...beside].find(sends)
    ?? [...field.form.elements].find((one) => one.matches('button.primary') && sends(one)) ?? null;
};

// In a form two keys lead on: Ctrl or ⌘ with Enter sends it, Escape gives the letters back to the page.
document.addEventListener('keydown', (event) => {
  const { target, key } = event;
  if (event.defaultPrevented || event.isComposing || !(target instanceof Element)) return;
  if (key === 'Enter' && (event.ctrlKey || event.metaKey) && target.form && target.matches('input, textarea, select')) {
    event.preventDefault();
    target.form.requestSubmit(buttonFor(target));
  } else if (key === 'Escape' && isTyping(target) && !document.querySelector('dialog[open]')) {
    // What was searched for stays, which a browser would empty.
    event.preventDefault();
    target.blur();
  }
});

document.addEventListener('keydown', (event) => {
  const { target } = event;
  if (event.defaultPrevented || event.isComposing || event.ctrlKey || event.metaKey || event.altKey) return;
  if (!(target instanceof Element) || isTyping(target) || document.querySelector('dialog[open]')) return;
  const key = event.key.length === 1 && !event.shiftKey ? event.key.toLowerCase() : event.key;
  const row = target.closest('[data-row]');
  const hotkey = row && typed.length === 0 ? row.querySelector(`[data-hotkey="${CSS.escape(key)}"]`) : null;
  const arrow = key.startsWith('Arrow');
  if (usable(hotkey) && !event.repeat) {
    event.preventDefault();
    press(hotkey);
  } else if (MOVES[key] && typed.length === 0 && (arrow ? target === row : document.querySelector('[data-row]'))) {
    event.preventDefault();
    walk(row, MOVES[key]);
  } else if (key === 'Enter' && target === row) {
    event.preventDefault();
    row.querySelector('.row-title a, a[href]')?.click();
  } else if (key === '?') {
    event.preventDefault();
    showKeys();
  } else if (key.length === 1 && key !== ' ' && !event.repeat) {
    const found = sequence(key);
    if (found) event.preventDefault();
    if (found instanceof Element) press(found);
  }
});

function line(list, keys, words) {
  const meaning = Object.assign(document.createElement('dt'), { textContent: words });
  const pressed = document.createElement('dd');
  for (const key of keys.split(' ')) {
    pressed.append(Object.assign(document.createElement('kbd'), { className: 'kbd', textContent: key }), ' ');
  }
  list.append(meaning, pressed);
}

function showKeys() {
  const dialog = document.getElementById('keys');
  if (!(dialog instanceof HTMLDialogElement) || dialog.open) return;
  const list = Object.assign(document.createElement('dl'), { className: 'keys' });
  dialog.querySelector('dl.keys')?.remove();
  (dialog.querySelector('[data-keys]') ?? dialog).append(list);
  const seen = new Set();
  for (const one of [...shortcutsHere(), ...[...document.querySelectorAll('[data-hotkey]')].filter(isHere)]) {
    const keys = one.dataset.shortcut ?? one.dataset.hotkey;
    if (!seen.has(keys) && labelOf(one)) line(list, keys, labelOf(one));
    seen.add(keys);
  }
  if (document.querySelector('[data-row]')) {
    line(list, 'j k', 'Next and previous row');
    line(list, 'Enter', 'Open the row');
  }
  if (document.querySelector('[data-board]')) line(list, 'Space ← →', 'Lift a card, choose its column; space drops it');
  if (document.querySelector(FIELDS)) {
    line(list, 'Ctrl Enter', 'Send the form you type in');
    line(list, 'Esc', 'Leave the field');
  }
  if (!seen.has('?')) line(list, '?', 'Show these keys');
  dialog.showModal();
}

onSwap(() => {
  for (const group of document.querySelectorAll('[data-rows]')) {
    // One stop for Tab; the rows' own buttons stay reachable.
    group.querySelectorAll('[data-row]').forEach((row, at) => { row.tabIndex = at === 0 ? 0 : -1; });
  }
});
