-- Tokens of one person may see different areas, and what one of them may see is not told to the other.
ALTER TABLE digest ADD COLUMN areas text[] NOT NULL DEFAULT '{}';
ALTER TABLE digest DROP CONSTRAINT digest_pkey, ADD PRIMARY KEY (subject, view, areas);
