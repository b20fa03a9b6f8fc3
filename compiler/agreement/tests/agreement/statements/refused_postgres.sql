-- S425
select name, count(*) as n from people;
-- S425
select p.email, p.salary, count(*) as n from people p group by p.email;
-- S425
select t.kind, sum(l.amount) as s from tasks t join logs l on l.task = t.id;
-- S425
select l.task, t.title, sum(l.amount) as s from tasks t join logs l on l.task = t.id group by l.task;
-- S425
with k as (select kind, spent from tasks) select kind, spent, count(*) as n from k group by kind;
-- S425
select email, rank() over (order by salary) as place from people group by email;
-- S425
select (select max(id) from tasks) as top, email, count(*) as n from people;
-- S425
select email as who, salary, count(*) as n from people group by 1;
-- S425
select email, case when active then 1 else 0 end as a from people group by rollup (email);
-- S428
select sum(name) as s from people;
-- S428
select sum(active) as s from people;
-- S428
select upper(id) as u from people;
-- S428
select left(hired, 4) as y from people;
-- S428
select round(name) as r from people;
-- S427
select split_part(email, '@') as d from people;
-- S427
select count(distinct id, name) as n from people;
-- S409
select id from people where hired > 30;
-- S409
select id from people where active = 1;
-- S409
select id from people where name = hired;
-- S409
select id from people where born in (1, 2);
