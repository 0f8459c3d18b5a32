// Opens a small page (done, snooze) in a dialog over the one in view, so that a row is finished without leaving its
// list. The page works by itself too: that is where the link leads without this file, or when fetching fails.

import { send } from './send.js';
import { changedFields, mayLose } from './small.js';

const FIELDS = 'input:not([type=hidden]):not([type=radio]), textarea, select, button';

/** Shows what is on a page in the dialog. */
export function fill(dialog, page) {
  const heading = document.createElement('h2');
  heading.textContent = page.querySelector('header.bar h1')?.textContent ?? '';
  heading.id = 'sheet-title';
  const parts = [...page.querySelectorAll('#main > *:not(.demo)')];
  for (const card of parts) card.classList.remove('card');
  dialog.replaceChildren(heading, ...parts);
  const first = ['.bad :is(input, select, textarea)', '[autofocus]', FIELDS, 'a'];
  first.map((one) => dialog.querySelector(one)).find(Boolean)?.focus();
  return true;
}

async function open(link) {
  const answer = await send({ url: link.href, method: 'GET' }).catch(() => null);
  const page = answer?.status === 200 && !answer.redirected
    ? new DOMParser().parseFromString(answer.text, 'text/html') : null;
  if (!page?.querySelector('#main form')) return location.assign(link.href);
  const dialog = Object.assign(document.createElement('dialog'), { className: 'sheet' });
  dialog.setAttribute('aria-labelledby', 'sheet-title');
  dialog.opener = link; // where the reader was, should the page be swapped meanwhile
  document.body.append(dialog);
  dialog.addEventListener('close', () => {
    dialog.remove();
    if (link.isConnected) (link.closest('[data-row]') ?? link).focus();
  });
  // Refused words came back from the server and look unchanged, but nobody saved them either.
  dialog.addEventListener('cancel', (event) => {
    if (!mayLose(changedFields(dialog).length > 0 || dialog.querySelector('.problem'))) event.preventDefault();
  });
  dialog.addEventListener('click', (event) => {
    if (!event.target.closest('[data-cancel]')) return;
    event.preventDefault();
    dialog.close();
  });
  dialog.showModal();
  return fill(dialog, page);
}

// Before swap.js sees the click.
document.addEventListener('click', (event) => {
  const link = event.target instanceof Element ? event.target.closest('a[data-sheet][href]') : null;
  const ownTab = event.button || event.metaKey || event.ctrlKey || event.shiftKey || event.altKey;
  if (!link || ownTab || event.defaultPrevented || document.querySelector('dialog[open]')) return;
  event.preventDefault();
  open(link);
}, true);
