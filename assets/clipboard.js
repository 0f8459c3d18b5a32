// Assisted sending: copies a draft, opens the thread it belongs to, and then shows the question whether it was sent.

import { address } from './keep.js';
import { announce, onSwap, toast } from './small.js';

const asked = new Set(); // addresses of the [data-send] parts whose question is showing
const sendOf = (element) => element.closest('[data-send]');

async function copy(text, near) {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    return copyBySelection(text, near); // over plain http there is no clipboard to write to
  }
}

function copyBySelection(text, near) {
  const focused = document.activeElement;
  const area = Object.assign(document.createElement('textarea'), { value: text, className: 'sr', readOnly: true });
  // Inside the dialog, if there is one: all around it is inert.
  (near.closest('dialog') ?? document.body).append(area);
  area.select();
  let done = false;
  try { done = document.execCommand('copy'); } catch { /* said to the reader below */ }
  area.remove();
  focused?.focus({ preventScroll: true });
  return done;
}

function select(element) {
  if (element.select) { element.focus(); element.select(); } else getSelection().selectAllChildren(element);
}

/** Gives the question the focus, unless the reader has it elsewhere. */
function enter(question) {
  if (document.activeElement === document.body) question?.querySelector('button, a, input')?.focus();
}

function ask(part) {
  const question = part?.querySelector('[data-then]');
  if (!question?.hidden) return;
  question.hidden = false;
  if (document.hasFocus()) enter(question);
  if (address(part)) asked.add(address(part));
}

document.addEventListener('click', async (event) => {
  const button = event.target instanceof Element ? event.target.closest('[data-copy], a[data-open]') : null;
  if (!button) return;
  if (button.matches('a[data-open]')) {
    button.target = '_blank';
    button.relList.add('noopener');
    ask(sendOf(button));
  }
  const draft = button.dataset.copy ? document.querySelector(button.dataset.copy) : null;
  if (!draft) return;
  if (await copy(draft.value ?? draft.textContent, button)) {
    toast('Copied.');
  } else {
    select(draft);
    toast('Your browser did not let us copy. The text is selected: press Ctrl+C or ⌘C.', { bad: true });
  }
  ask(sendOf(button));
});

document.addEventListener('visibilitychange', () => {
  if (document.hidden || asked.size === 0) return;
  const question = document.querySelector('[data-send] [data-then]:not([hidden])');
  enter(question);
  if (question) announce('Did you send it?');
});

onSwap(({ refresh }) => {
  if (!refresh) asked.clear();
  for (const question of document.querySelectorAll('[data-send] [data-then]')) {
    // Without JavaScript the question always shows; here it waits its turn, unless an answer needs mending.
    question.hidden = !asked.has(address(sendOf(question))) && !question.querySelector('.problem');
  }
});
