drop index messages_search;
