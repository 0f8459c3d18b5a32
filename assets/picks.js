// Keeps the ticks of an import's preview as they are made, one after the other, and counts them: no way off the page
// loses any.

import { send } from './send.js';
import { announce } from './small.js';

let saved = Promise.resolve();

async function save(form) {
  const boxes = [...form.querySelectorAll('[name=chosen]')];
  const ticks = boxes.map((box) => box.checked);
  const body = new URLSearchParams(new FormData(form));
  body.set('choice', 'ticked');
  const { status, text } = await send({ url: form.action, method: 'POST', body }).catch(() => ({}));
  if (status !== 200) return;
  boxes.forEach((box, at) => { box.defaultChecked = ticks[at]; });
  const told = new DOMParser().parseFromString(text, 'text/html').querySelector('[data-chosen]');
  const here = document.querySelector('[data-chosen]');
  if (!told || !here) return;
  here.textContent = told.textContent;
  announce(`${told.textContent} chosen`);
}

document.addEventListener('change', ({ target }) => {
  const form = target instanceof HTMLInputElement && target.type === 'checkbox' ? target.form : null;
  if (form?.matches('[data-picks]')) saved = saved.then(() => save(form));
});
