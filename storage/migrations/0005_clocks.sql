-- Times of stations that cannot be believed.

SELECT 1;
