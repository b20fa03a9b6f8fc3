-- S402
select nobody from people;
-- S401
select id from nowhere;
-- S403
select id from people join tasks on owner = people.id;
-- S413
select id from people union select id, name from people;
