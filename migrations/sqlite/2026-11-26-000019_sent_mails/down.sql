-- The words are gone; nothing can bring them back.
update mails set body_text = body_text where 1 = 0;
