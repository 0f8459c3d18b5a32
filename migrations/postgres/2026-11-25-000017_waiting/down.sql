drop index threads_waiting;
