-- Today asks of everybody who wrote last whether one of their conversations is still open: told by the index alone.
create index threads_waiting on threads (workspace_id, contact_id, turn, status);
