-- Who is addressed by a notice is looked up for every reader at once, each time they read.

CREATE INDEX feed_addressed ON feed (audience, seq) WHERE audience IS NOT NULL;
