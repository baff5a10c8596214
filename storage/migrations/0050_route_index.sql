-- The indexes by which the route finds an alert's subscriptions are read for each alert and written when somebody
-- subscribes: nothing waits in a list that each reader walks through, and that made the planner read the whole table.
ALTER INDEX subscription_areas SET (fastupdate = off);
ALTER INDEX subscription_stations SET (fastupdate = off);
SELECT gin_clean_pending_list('subscription_areas'), gin_clean_pending_list('subscription_stations');
