-- Search by an index: trigrams of the names of assets on `main`, which alone are found, and of the
-- descriptions of all; and tags.

ALTER TABLE assets ADD COLUMN on_main INTEGER NOT NULL DEFAULT 0;

UPDATE assets SET on_main = 1 WHERE branch IN (SELECT key FROM branches WHERE name = 'main');

-- What text is looked for in. The branch of a name; 0, which no branch is, for a description.
CREATE TABLE search_texts (
    key INTEGER PRIMARY KEY,
    tenant BLOB NOT NULL,
    asset BLOB NOT NULL,
    branch INTEGER NOT NULL,
    folded TEXT NOT NULL,
    UNIQUE (tenant, asset, branch)
) STRICT;

-- Without positions: which texts have all trigrams of another is enough to know where to look.
CREATE VIRTUAL TABLE search_grams USING fts5 (
    folded, content = 'search_texts', content_rowid = 'key', detail = 'none', columnsize = 0,
    tokenize = 'trigram case_sensitive 1'
);

CREATE TRIGGER search_texts_made AFTER INSERT ON search_texts BEGIN
    INSERT INTO search_grams (rowid, folded) VALUES (NEW.key, NEW.folded);
END;

CREATE TRIGGER search_texts_changed AFTER UPDATE OF folded ON search_texts BEGIN
    INSERT INTO search_grams (search_grams, rowid, folded) VALUES ('delete', OLD.key, OLD.folded);
    INSERT INTO search_grams (rowid, folded) VALUES (NEW.key, NEW.folded);
END;

CREATE TRIGGER search_texts_gone AFTER DELETE ON search_texts BEGIN
    INSERT INTO search_grams (search_grams, rowid, folded) VALUES ('delete', OLD.key, OLD.folded);
END;

INSERT INTO search_texts (tenant, asset, branch, folded)
SELECT tenant, id, branch, folded FROM assets WHERE on_main;

INSERT INTO search_texts (tenant, asset, branch, folded)
SELECT tenant, asset, 0, folded FROM business_metadata WHERE folded IS NOT NULL;

CREATE TRIGGER assets_named AFTER INSERT ON assets WHEN NEW.on_main BEGIN
    INSERT INTO search_texts (tenant, asset, branch, folded)
    VALUES (NEW.tenant, NEW.id, NEW.branch, NEW.folded);
END;

CREATE TRIGGER assets_renamed AFTER UPDATE OF folded ON assets
WHEN NEW.on_main AND NEW.folded <> OLD.folded BEGIN
    UPDATE search_texts SET folded = NEW.folded
    WHERE tenant = NEW.tenant AND asset = NEW.id AND branch = NEW.branch;
END;

CREATE TRIGGER assets_gone AFTER DELETE ON assets WHEN OLD.on_main BEGIN
    DELETE FROM search_texts
    WHERE tenant = OLD.tenant AND asset = OLD.id AND branch = OLD.branch;
END;

CREATE TRIGGER business_metadata_described AFTER INSERT ON business_metadata
WHEN NEW.folded IS NOT NULL BEGIN
    INSERT INTO search_texts (tenant, asset, branch, folded)
    VALUES (NEW.tenant, NEW.asset, 0, NEW.folded);
END;

CREATE TRIGGER business_metadata_redescribed AFTER UPDATE OF folded ON business_metadata
WHEN NEW.folded IS NOT OLD.folded BEGIN
    DELETE FROM search_texts
    WHERE tenant = OLD.tenant AND asset = OLD.asset AND branch = 0;
    INSERT INTO search_texts (tenant, asset, branch, folded)
    SELECT NEW.tenant, NEW.asset, 0, NEW.folded WHERE NEW.folded IS NOT NULL;
END;

CREATE TRIGGER business_metadata_gone AFTER DELETE ON business_metadata BEGIN
    DELETE FROM search_texts
    WHERE tenant = OLD.tenant AND asset = OLD.asset AND branch = 0;
END;

CREATE INDEX business_tags_by_tag ON business_tags (tenant, tag, asset);
