-- What the centre says by itself when something is silent.

SELECT 1;
