-- The highest serial of an index names the state of its list: one look instead of reading all projects.
CREATE INDEX project_serial ON project (index_id, serial);
