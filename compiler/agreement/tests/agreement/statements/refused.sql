-- S402
select nobody from people;
-- S401
select id from nowhere;
-- S403
select id from people join tasks on owner = people.id;
-- S413
select id from people union select id, name from people;
-- S426
select name from people where count(*) > 1;
-- S426
select kind from tasks where sum(spent) > 3 group by kind;
-- S426
select p.name from people p join tasks t on max(t.id) = p.id;
-- S426
select name from people where rank() over (order by salary) = 1;
-- S426
select kind, sum(spent) as s from tasks group by kind, sum(spent);
-- S426
select kind, sum(spent) as s from tasks group by 1, 2;
-- S426
select kind, sum(spent) as s from tasks group by kind, s;
-- S426
select max(count(*)) as m from tasks group by kind;
-- S429
select row_number() as n from people;
-- S429
select id, lag(salary) as before from people;
-- S427
select upper(name, 'x') as u from people;
-- S427
select replace(name, 'a') as u from people;
-- S427
select power(spent) as p from tasks;
-- S427
select count(id, name) as n from people;
-- S427
select round(salary, 1, 2) as r from people;
