-- Which work of the MIS a request stands for. Of one made before this nobody knows what joined it: it keeps its own key, and stays.
ALTER TABLE requests ADD COLUMN works uuid[] NOT NULL DEFAULT '{}';
UPDATE requests SET works = ARRAY[id] WHERE open AND source LIKE 'mis:%';
