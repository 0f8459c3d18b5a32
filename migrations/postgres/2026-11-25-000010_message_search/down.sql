drop index messages_search;
drop function rapport_words(text);
