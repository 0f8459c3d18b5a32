drop index events_told;
