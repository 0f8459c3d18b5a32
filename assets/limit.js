// Says how many characters a channel still takes, beside the text that is written for it.

import { onSwap } from './small.js';

function count(area) {
  const limit = Number(area.dataset.limit);
  const told = document.querySelector(`[data-left="${CSS.escape(area.id)}"]`);
  if (!(limit > 0) || !told) return;
  told.dataset.rest ??= told.textContent;
  const length = [...area.value].length;
  told.textContent = length === 0 ? told.dataset.rest
    : `${length.toLocaleString('en')} of ${limit.toLocaleString('en')} characters`;
  told.classList.toggle('bad', length > limit);
}

document.addEventListener('input', ({ target }) => { if (target.matches('textarea[data-limit]')) count(target); });
onSwap(() => document.querySelectorAll('textarea[data-limit]').forEach(count));
