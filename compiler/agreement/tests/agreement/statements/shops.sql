-- Statements over shops, catalogues and a web shop, on the schema of TPC Benchmark DS (TPC-DS), a specification of the
-- Transaction Processing Performance Council. They are our own, with the constructs that its queries use.
with customer_total_return as (
  select sr_customer_sk as ctr_customer_sk, sr_store_sk as ctr_store_sk, sum(sr_return_amt) as ctr_total_return
  from store_returns, date_dim where sr_returned_date_sk = d_date_sk group by sr_customer_sk, sr_store_sk)
select c_customer_id from customer_total_return ctr1, store, buyer
where ctr1.ctr_total_return > (select avg(ctr_total_return) * 0.2 from customer_total_return ctr2 where ctr1.ctr_store_sk = ctr2.ctr_store_sk)
  and s_store_sk = ctr1.ctr_store_sk and ctr1.ctr_customer_sk = c_customer_sk order by c_customer_id limit 100;
with wscs as (
  select sold_date_sk, sales_price from (
    select ws_sold_date_sk as sold_date_sk, ws_ext_sales_price as sales_price from web_sales
    union all select cs_sold_date_sk, cs_ext_sales_price from catalog_sales) as both_channels),
weeks as (
  select d_week_seq, sum(case when d_day_name = 'AIR' then sales_price else null end) as sun_sales,
         sum(case when d_day_name = 'BRAZIL' then sales_price else null end) as mon_sales
  from wscs, date_dim where d_date_sk = sold_date_sk group by d_week_seq)
select y.d_week_seq, round(y.sun_sales / z.sun_sales, 2) as r1, round(y.mon_sales / z.mon_sales, 2) as r2
from weeks y, weeks z where y.d_week_seq = z.d_week_seq order by y.d_week_seq;
select d_year, i_brand_id as brand_id, i_brand as brand, sum(ss_ext_sales_price) as sum_agg
from date_dim, store_sales, item where d_date_sk = ss_sold_date_sk and ss_item_sk = i_item_sk and d_moy < 12
group by d_year, i_brand, i_brand_id order by d_year, sum_agg desc, brand_id limit 100;
with year_total as (
  select c_customer_id as customer_id, c_first_name as customer_first_name, d_year as dyear,
         sum(ss_ext_list_price - ss_ext_discount_amt) as year_total, 's' as sale_type
  from buyer, store_sales, date_dim where c_customer_sk = ss_customer_sk and ss_sold_date_sk = d_date_sk
  group by c_customer_id, c_first_name, d_year
  union all
  select c_customer_id, c_first_name, d_year, sum(ws_ext_list_price - ws_ext_discount_amt), 'w'
  from buyer, web_sales, date_dim where c_customer_sk = ws_bill_customer_sk and ws_sold_date_sk = d_date_sk
  group by c_customer_id, c_first_name, d_year)
select s.customer_id, s.customer_first_name from year_total s, year_total w
where s.customer_id = w.customer_id and s.sale_type = 's' and w.sale_type = 'w'
  and case when s.year_total > 0 then w.year_total / s.year_total else null end >= 0 order by 1, 2 limit 100;
select a.ca_state as state, count(*) as cnt
from customer_address a, buyer c, store_sales s, item i
where a.ca_address_sk = c.c_current_addr_sk and c.c_customer_sk = s.ss_customer_sk and s.ss_item_sk = i.i_item_sk
  and i.i_current_price > 0.2 * (select avg(j.i_current_price) from item j where j.i_category = i.i_category)
group by a.ca_state having count(*) >= 1 order by cnt, a.ca_state limit 100;
select i_item_id, avg(ss_quantity) as agg1, avg(ss_list_price) as agg2, avg(ss_coupon_amt) as agg3
from store_sales, customer_demographics, promotion, item
where ss_item_sk = i_item_sk and ss_cdemo_sk = cd_demo_sk and ss_promo_sk = p_promo_sk
  and (p_channel_email = 'A' or p_channel_event is null) group by i_item_id order by i_item_id limit 100;
select case when (select count(*) from store_sales where ss_quantity between 1 and 20) > 5
            then (select avg(ss_ext_discount_amt) from store_sales where ss_quantity between 1 and 20)
            else (select avg(ss_net_paid) from store_sales where ss_quantity between 1 and 20) end as bucket1
from reason where r_reason_sk = 1;
select cd_gender, cd_marital_status, count(*) as cnt1, cd_purchase_estimate, count(*) as cnt2
from buyer c, customer_address ca, customer_demographics
where c.c_current_addr_sk = ca.ca_address_sk and cd_demo_sk = c.c_current_cdemo_sk
  and exists (select * from store_sales, date_dim where c.c_customer_sk = ss_customer_sk and ss_sold_date_sk = d_date_sk)
  and (exists (select * from web_sales where c.c_customer_sk = ws_bill_customer_sk)
       or exists (select * from catalog_sales where c.c_customer_sk = cs_bill_customer_sk))
group by cd_gender, cd_marital_status, cd_purchase_estimate order by cd_gender limit 100;
select i_item_id, i_category, i_class, i_current_price, sum(ws_ext_sales_price) as itemrevenue,
       sum(ws_ext_sales_price) * 100 / sum(sum(ws_ext_sales_price)) over (partition by i_class) as revenueratio
from web_sales, item, date_dim where ws_item_sk = i_item_sk and ws_sold_date_sk = d_date_sk
group by i_item_id, i_category, i_class, i_current_price order by i_category, i_class, i_item_id, revenueratio;
select avg(ss_quantity) as q, avg(ss_ext_sales_price) as p, avg(ss_ext_wholesale_cost) as w, sum(ss_ext_wholesale_cost) as s
from store_sales, store, household_demographics
where s_store_sk = ss_store_sk and ((ss_hdemo_sk = hd_demo_sk and hd_dep_count = 3) or (ss_hdemo_sk = hd_demo_sk and hd_dep_count = 1));
with cross_items as (
  select i_item_sk as ss_item from item,
    (select iss.i_brand_id as brand_id, iss.i_class_id as class_id from store_sales, item iss where ss_item_sk = iss.i_item_sk
     intersect
     select ics.i_brand_id, ics.i_class_id from catalog_sales, item ics where cs_item_sk = ics.i_item_sk
     intersect
     select iws.i_brand_id, iws.i_class_id from web_sales, item iws where ws_item_sk = iws.i_item_sk) as x
  where i_brand_id = brand_id and i_class_id = class_id),
avg_sales as (
  select avg(quantity * list_price) as average_sales from (
    select ss_quantity as quantity, ss_list_price as list_price from store_sales
    union all select cs_quantity, cs_list_price from catalog_sales
    union all select ws_quantity, ws_list_price from web_sales) as x)
select i_brand_id, sum(ss_quantity * ss_list_price) as sales, count(*) as number_sales
from store_sales, item where ss_item_sk in (select ss_item from cross_items) and ss_item_sk = i_item_sk
group by i_brand_id having sum(ss_quantity * ss_list_price) > (select average_sales * 0 from avg_sales) order by 1;
select count(distinct cs_order_number) as order_count, sum(cs_ext_ship_cost) as total_shipping_cost, sum(cs_net_profit) as total_net_profit
from catalog_sales cs1, call_center
where cs1.cs_call_center_sk = cc_call_center_sk
  and exists (select * from catalog_sales cs2 where cs1.cs_order_number = cs2.cs_order_number and cs1.cs_warehouse_sk <> cs2.cs_warehouse_sk)
  and not exists (select * from catalog_returns cr1 where cs1.cs_order_number = cr1.cr_order_number) order by count(distinct cs_order_number);
select i_item_id, i_item_desc, s_state, count(ss_quantity) as n, avg(ss_quantity) as a, min(sr_return_quantity) as m, max(cs_quantity) as x
from store_sales, store_returns, catalog_sales, store, item
where i_item_sk = ss_item_sk and s_store_sk = ss_store_sk and ss_customer_sk = sr_customer_sk and ss_item_sk = sr_item_sk
  and sr_customer_sk = cs_bill_customer_sk group by i_item_id, i_item_desc, s_state order by 1, 2, 3 limit 100;
select w_warehouse_name, i_item_id,
       sum(case when d_date < '1995-03-11' then inv_quantity_on_hand else 0 end) as inv_before,
       sum(case when d_date >= '1995-03-11' then inv_quantity_on_hand else 0 end) as inv_after
from inventory, warehouse, item, date_dim
where i_item_sk = inv_item_sk and inv_warehouse_sk = w_warehouse_sk and inv_date_sk = d_date_sk
group by w_warehouse_name, i_item_id order by w_warehouse_name, i_item_id limit 100;
with frequent as (
  select substr(i_item_desc, 1, 30) as itemdesc, i_item_sk as item_sk, d_date as solddate, count(*) as cnt
  from store_sales, date_dim, item where ss_sold_date_sk = d_date_sk and ss_item_sk = i_item_sk
  group by substr(i_item_desc, 1, 30), i_item_sk, d_date having count(*) > 0),
max_sales as (
  select max(csales) as tpcds_cmax from (select c_customer_sk, sum(ss_quantity * ss_sales_price) as csales
    from store_sales, buyer where ss_customer_sk = c_customer_sk group by c_customer_sk) as x)
select sum(sales) as total from (
  select cs_quantity * cs_list_price as sales from catalog_sales where cs_item_sk in (select item_sk from frequent)
  union all
  select ws_quantity * ws_list_price from web_sales where ws_item_sk in (select item_sk from frequent) and ws_list_price < (select tpcds_cmax from max_sales)) as y;
select s_store_name, s_store_id,
       sum(case when d_day_name = 'AIR' then ss_sales_price else null end) as sun_sales,
       sum(case when d_day_name = 'BRAZIL' then ss_sales_price end) as mon_sales
from date_dim, store_sales, store where d_date_sk = ss_sold_date_sk and s_store_sk = ss_store_sk
group by s_store_name, s_store_id order by s_store_name, s_store_id;
select asceding.rnk, i1.i_product_name as best_performing, i2.i_product_name as worst_performing
from (select * from (select item_sk, rank() over (order by rank_col asc) as rnk
        from (select ss_item_sk as item_sk, avg(ss_net_profit) as rank_col from store_sales group by ss_item_sk) as v1) as v11 where rnk < 11) as asceding,
     (select * from (select item_sk, rank() over (order by rank_col desc) as rnk
        from (select ss_item_sk as item_sk, avg(ss_net_profit) as rank_col from store_sales group by ss_item_sk) as v2) as v21 where rnk < 11) as descending,
     item i1, item i2
where asceding.rnk = descending.rnk and i1.i_item_sk = asceding.item_sk and i2.i_item_sk = descending.item_sk order by asceding.rnk;
select c_last_name, c_first_name, ca_city, bought_city, ss_ticket_number, amt, profit
from (select ss_ticket_number, ss_customer_sk, ca_city as bought_city, sum(ss_coupon_amt) as amt, sum(ss_net_profit) as profit
      from store_sales, date_dim, store, household_demographics, customer_address
      where ss_sold_date_sk = d_date_sk and ss_store_sk = s_store_sk and ss_hdemo_sk = hd_demo_sk and ss_addr_sk = ca_address_sk
        and (hd_dep_count = 4 or hd_vehicle_count > 3) group by ss_ticket_number, ss_customer_sk, ss_addr_sk, ca_city) as dn,
     buyer, customer_address current_addr
where ss_customer_sk = c_customer_sk and buyer.c_current_addr_sk = current_addr.ca_address_sk and current_addr.ca_city <> bought_city
order by c_last_name, c_first_name, ca_city limit 100;
with v1 as (
  select i_category, i_brand, s_store_name, d_year, d_moy, sum(ss_sales_price) as sum_sales,
         avg(sum(ss_sales_price)) over (partition by i_category, i_brand, s_store_name, d_year) as avg_monthly_sales,
         rank() over (partition by i_category, i_brand, s_store_name order by d_year, d_moy) as rn
  from item, store_sales, date_dim, store where ss_item_sk = i_item_sk and ss_sold_date_sk = d_date_sk and ss_store_sk = s_store_sk
  group by i_category, i_brand, s_store_name, d_year, d_moy)
select v1.i_category, v1.d_year, v1.avg_monthly_sales, v1.sum_sales, v1_lag.sum_sales as psum, v1_lead.sum_sales as nsum
from v1, v1 v1_lag, v1 v1_lead
where v1.i_category = v1_lag.i_category and v1.i_category = v1_lead.i_category and v1.rn = v1_lag.rn + 1 and v1.rn = v1_lead.rn - 1
order by v1.sum_sales - v1.avg_monthly_sales, 3 limit 100;
select 'web' as channel, item, return_ratio, return_rank from (
  select item, return_ratio, rank() over (order by return_ratio) as return_rank from (
    select ws.ws_item_sk as item, cast(sum(coalesce(wr.wr_return_quantity, 0)) as decimal(15, 4)) / cast(sum(coalesce(ws.ws_quantity, 0)) as decimal(15, 4)) as return_ratio
    from web_sales ws left outer join web_returns wr on ws.ws_order_number = wr.wr_order_number and ws.ws_item_sk = wr.wr_item_sk
    where ws.ws_quantity > 0 group by ws.ws_item_sk) as in_web) as web where return_rank <= 10;
select item_sk, d_date, sum(web_sales) over (partition by item_sk order by d_date rows between unbounded preceding and current row) as cume_sales
from (select ws_item_sk as item_sk, d_date, sum(ws_sales_price) as web_sales from web_sales, date_dim
      where ws_sold_date_sk = d_date_sk and ws_item_sk is not null group by ws_item_sk, d_date) as x order by item_sk, d_date;
select coalesce(w.item_sk, s.item_sk) as item_sk, w.total as web_total, s.total as store_total
from (select ws_item_sk as item_sk, sum(ws_net_paid) as total from web_sales group by ws_item_sk) w
full outer join (select ss_item_sk as item_sk, sum(ss_net_paid) as total from store_sales group by ss_item_sk) s on w.item_sk = s.item_sk;
select sum(ss_net_profit) / sum(ss_ext_sales_price) as gross_margin, i_category, i_class
from store_sales, item where i_item_sk = ss_item_sk group by i_category, i_class order by 2, 3;
select count(*) as n from (
  select distinct c_last_name, c_first_name, d_date from store_sales, date_dim, buyer where ss_sold_date_sk = d_date_sk and ss_customer_sk = c_customer_sk
  intersect
  select distinct c_last_name, c_first_name, d_date from catalog_sales, date_dim, buyer where cs_sold_date_sk = d_date_sk and cs_bill_customer_sk = c_customer_sk
  except
  select distinct c_last_name, c_first_name, d_date from web_sales, date_dim, buyer where ws_sold_date_sk = d_date_sk and ws_bill_customer_sk = c_customer_sk) as hot;
select substr(w_warehouse_name, 1, 20) as w, web_name,
       sum(case when ws_ship_date_sk - ws_sold_date_sk <= 30 then 1 else 0 end) as days30,
       sum(case when ws_ship_date_sk - ws_sold_date_sk > 30 and ws_ship_date_sk - ws_sold_date_sk <= 60 then 1 else 0 end) as days60
from web_sales, warehouse, web_site where ws_warehouse_sk = w_warehouse_sk and ws_web_site_sk = web_site_sk
group by substr(w_warehouse_name, 1, 20), web_name order by 1, 2;
select * from (select i_manager_id, sum(ss_sales_price) as sum_sales, avg(sum(ss_sales_price)) over (partition by i_manager_id) as avg_monthly_sales
  from item, store_sales, date_dim, store where ss_item_sk = i_item_sk and ss_sold_date_sk = d_date_sk and ss_store_sk = s_store_sk
  group by i_manager_id, d_moy) as tmp1
where case when avg_monthly_sales > 0 then abs(sum_sales - avg_monthly_sales) / avg_monthly_sales else null end >= 0 order by i_manager_id;
select s1.h8_30_to_9 as a, s2.h9_to_9_30 as b from
  (select count(*) as h8_30_to_9 from store_sales, household_demographics, time_dim, store where ss_sold_time_sk = t_time_sk and ss_hdemo_sk = hd_demo_sk and ss_store_sk = s_store_sk) as s1
cross join (select count(*) as h9_to_9_30 from store_sales, time_dim where ss_sold_time_sk = t_time_sk and t_hour = 9) as s2;
select cast(amc as decimal(15, 4)) / nullif(cast(pmc as decimal(15, 4)), 0) as am_pm_ratio
from (select count(*) as amc from web_sales where ws_quantity < 6) as at1, (select count(*) as pmc from web_sales where ws_quantity > 2) as pt;
select cc_call_center_id as call_center, cc_name, cc_manager, sum(cr_net_loss) as returns_loss
from call_center left join catalog_returns on cr_call_center_sk = cc_call_center_sk left join date_dim on cr_returned_date_sk = d_date_sk
group by cc_call_center_id, cc_name, cc_manager order by sum(cr_net_loss) desc;
select ss_customer_sk, sum(act_sales) as sumsales
from (select ss_item_sk, ss_ticket_number, ss_customer_sk,
             case when sr_return_quantity is not null then (ss_quantity - sr_return_quantity) * ss_sales_price else ss_quantity * ss_sales_price end as act_sales
      from store_sales left outer join store_returns on sr_item_sk = ss_item_sk and sr_ticket_number = ss_ticket_number
      left join reason on sr_reason_sk = r_reason_sk) as t group by ss_customer_sk order by sumsales, ss_customer_sk limit 100;
with ws_wh as (select ws1.ws_order_number, ws1.ws_warehouse_sk as wh1, ws2.ws_warehouse_sk as wh2 from web_sales ws1, web_sales ws2
  where ws1.ws_order_number = ws2.ws_order_number and ws1.ws_warehouse_sk <> ws2.ws_warehouse_sk)
select count(distinct ws_order_number) as order_count, sum(ws_net_profit) as total from web_sales ws1
where ws1.ws_order_number in (select ws_order_number from ws_wh) or ws1.ws_order_number in (select wr_order_number from web_returns, ws_wh where wr_order_number = ws_wh.ws_order_number);
with ssci as (select ss_customer_sk as customer_sk, ss_item_sk as item_sk from store_sales group by ss_customer_sk, ss_item_sk),
csci as (select cs_bill_customer_sk as customer_sk, cs_item_sk as item_sk from catalog_sales group by cs_bill_customer_sk, cs_item_sk)
select sum(case when ssci.customer_sk is not null and csci.customer_sk is null then 1 else 0 end) as store_only,
       sum(case when ssci.customer_sk is null and csci.customer_sk is not null then 1 else 0 end) as catalog_only
from ssci full outer join csci on (ssci.customer_sk = csci.customer_sk and ssci.item_sk = csci.item_sk);
select i_product_name, i_brand, avg(inv_quantity_on_hand) as qoh from inventory inner join date_dim on inv_date_sk = d_date_sk
join item on inv_item_sk = i_item_sk join warehouse using_w on inv_warehouse_sk = using_w.w_warehouse_sk group by i_product_name, i_brand order by qoh, i_product_name limit 100;
select c_customer_id as customer_id, c_last_name || ', ' || c_first_name as customername from buyer, customer_address, customer_demographics
where ca_address_sk = c_current_addr_sk and cd_demo_sk = c_current_cdemo_sk order by c_customer_id limit 100;
select ca_zip, ca_city, sum(ws_sales_price) as s from web_sales, buyer, customer_address
where ws_bill_customer_sk = c_customer_sk and c_current_addr_sk = ca_address_sk and (substr(ca_zip, 1, 5) in ('AIR', 'BRAZI') or ws_item_sk in (select i_item_sk from item where i_item_sk in (2, 3, 5)))
group by ca_zip, ca_city order by ca_zip, ca_city;
select promotions, total, promotions * 100.0 / total as share from
 (select sum(ss_ext_sales_price) as promotions from store_sales join promotion on ss_promo_sk = p_promo_sk where p_channel_tv is not null) as promotional_sales,
 (select sum(ss_ext_sales_price) as total from store_sales) as all_sales;
select max(s.ss_sales_price) as best, min(s.ss_list_price) as least, count(s.ss_store_sk) as stores, st.s_market_id
from store_sales s right join store st on st.s_store_sk = s.ss_store_sk group by st.s_market_id order by 4;
select case when (select count(*) from store_sales where ss_quantity between 1 and 20) > 100
            then (select avg(ss_ext_discount_amt) from store_sales where ss_quantity between 1 and 20)
            else (select avg(ss_net_paid) from store_sales where ss_quantity between 1 and 20) end as bucket1,
       case when (select count(*) from store_sales where ss_quantity between 21 and 40) > 50 then 'many' else 'few' end as bucket2
from reason where r_reason_sk = 1;
select cd_gender, cd_marital_status, cd_education_status, count(*) as cnt1, cd_purchase_estimate, count(*) as cnt2
from buyer c, customer_address ca, customer_demographics
where c.c_current_addr_sk = ca.ca_address_sk and cd_demo_sk = c.c_current_cdemo_sk
  and exists (select * from store_sales, date_dim where c.c_customer_sk = ss_customer_sk and ss_sold_date_sk = d_date_sk and d_year = 2002)
  and (exists (select * from web_sales, date_dim where c.c_customer_sk = ws_bill_customer_sk and ws_sold_date_sk = d_date_sk)
       or not exists (select * from catalog_sales where c.c_customer_sk = cs_bill_customer_sk))
group by cd_gender, cd_marital_status, cd_education_status, cd_purchase_estimate order by cd_gender limit 100;
select count(*) as hot_cust from (
  select distinct c_last_name, c_first_name, d_date from store_sales, date_dim, buyer where ss_sold_date_sk = d_date_sk and ss_customer_sk = c_customer_sk
  intersect
  select distinct c_last_name, c_first_name, d_date from catalog_sales, date_dim, buyer where cs_sold_date_sk = d_date_sk and cs_bill_customer_sk = c_customer_sk
  intersect
  select distinct c_last_name, c_first_name, d_date from web_sales, date_dim, buyer where ws_sold_date_sk = d_date_sk and ws_bill_customer_sk = c_customer_sk) as hot;
select count(*) as cool from (
  select c_customer_sk, d_year from store_sales, date_dim, buyer where ss_sold_date_sk = d_date_sk and ss_customer_sk = c_customer_sk
  except
  select c_customer_sk, d_year from web_sales, date_dim, buyer where ws_sold_date_sk = d_date_sk and ws_bill_customer_sk = c_customer_sk) as cool_cust;
select asceding.rnk, i1.i_product_name as best_performing, i2.i_product_name as worst_performing
from (select item_sk, rank() over (order by rank_col asc) as rnk from (select ss_item_sk as item_sk, avg(ss_net_profit) as rank_col from store_sales ss1 where ss_store_sk = 4 group by ss_item_sk
        having avg(ss_net_profit) > 0.9 * (select avg(ss_net_profit) from store_sales where ss_store_sk = 4 and ss_addr_sk is null)) as v1) as asceding,
     (select item_sk, rank() over (order by rank_col desc) as rnk from (select ss_item_sk as item_sk, avg(ss_net_profit) as rank_col from store_sales group by ss_item_sk) as v2) as descending_items,
     item i1, item i2
where asceding.rnk = descending_items.rnk and i1.i_item_sk = asceding.item_sk and i2.i_item_sk = descending_items.item_sk order by asceding.rnk limit 100;
with v1 as (
  select i_category, i_brand, s_store_name, d_year, d_moy, sum(ss_sales_price) as sum_sales,
         avg(sum(ss_sales_price)) over (partition by i_category, i_brand, s_store_name, d_year) as avg_monthly_sales,
         rank() over (partition by i_category, i_brand, s_store_name order by d_year, d_moy) as rn
  from item, store_sales, date_dim, store where ss_item_sk = i_item_sk and ss_sold_date_sk = d_date_sk and ss_store_sk = s_store_sk
  group by i_category, i_brand, s_store_name, d_year, d_moy),
v2 as (select v1.i_category, v1.d_year, v1.d_moy, v1.avg_monthly_sales, v1.sum_sales, v1_lag.sum_sales as psum, v1_lead.sum_sales as nsum
  from v1, v1 as v1_lag, v1 as v1_lead where v1.i_category = v1_lag.i_category and v1.i_category = v1_lead.i_category and v1.rn = v1_lag.rn + 1 and v1.rn = v1_lead.rn - 1)
select * from v2 where d_year = 2000 and avg_monthly_sales > 0 order by sum_sales - avg_monthly_sales, d_moy limit 100;
with web_v1 as (select ws_item_sk as item_sk, d_date, sum(sum(ws_sales_price)) over (partition by ws_item_sk order by d_date rows between unbounded preceding and current row) as cume_sales
  from web_sales, date_dim where ws_sold_date_sk = d_date_sk group by ws_item_sk, d_date),
store_v1 as (select ss_item_sk as item_sk, d_date, sum(sum(ss_sales_price)) over (partition by ss_item_sk order by d_date rows between unbounded preceding and current row) as cume_sales
  from store_sales, date_dim where ss_sold_date_sk = d_date_sk group by ss_item_sk, d_date)
select item_sk, d_date, web_sales_total, store_sales_total from (
  select case when web.item_sk is not null then web.item_sk else store.item_sk end as item_sk,
         case when web.d_date is not null then web.d_date else store.d_date end as d_date,
         web.cume_sales as web_sales_total, store.cume_sales as store_sales_total,
         max(web.cume_sales) over (partition by case when web.item_sk is not null then web.item_sk else store.item_sk end) as web_cumulative
  from web_v1 web left outer join store_v1 store on (web.item_sk = store.item_sk and web.d_date = store.d_date)) as x where web_cumulative > 0 order by item_sk, d_date;
select w_warehouse_name, w_city, count(distinct ws_order_number) as orders,
       sum(case when d_moy = 1 then ws_ext_sales_price * ws_quantity else 0 end) as jan_sales,
       sum(case when d_moy = 2 then ws_ext_sales_price * ws_quantity else 0 end) as feb_sales,
       sum(case when d_moy = 1 then ws_net_paid * ws_quantity end) / w_warehouse_sq_ft as jan_per_foot
from web_sales, warehouse, date_dim where ws_warehouse_sk = w_warehouse_sk and ws_sold_date_sk = d_date_sk
group by w_warehouse_name, w_city, w_warehouse_sq_ft;
select substr(r_reason_desc, 1, 20) as reason, avg(ws_quantity) as quantity, avg(wr_refunded_cash) as cash, avg(wr_fee) as fee
from web_sales, web_returns, customer_demographics cd1, customer_address, reason
where ws_item_sk = wr_item_sk and ws_order_number = wr_order_number and cd1.cd_demo_sk = wr_refunded_cdemo_sk and ca_address_sk = wr_refunded_addr_sk and r_reason_sk = wr_reason_sk
  and ((cd1.cd_marital_status = 'M' and ws_sales_price between 100.00 and 150.00) or (cd1.cd_education_status = 'College' and ca_state in ('KY', 'GA')))
group by r_reason_desc order by substr(r_reason_desc, 1, 20), avg(ws_quantity) limit 100;
select c_last_name, c_first_name, ca_city, bought_city, ss_ticket_number, amt, profit
from (select ss_ticket_number, ss_customer_sk, ca_city as bought_city, sum(ss_coupon_amt) as amt, sum(ss_net_profit) as profit
      from store_sales, store, household_demographics, customer_address where store_sales.ss_store_sk = store.s_store_sk and store_sales.ss_hdemo_sk = household_demographics.hd_demo_sk and store_sales.ss_addr_sk = customer_address.ca_address_sk
      group by ss_ticket_number, ss_customer_sk, ss_addr_sk, ca_city) as dn, buyer, customer_address current_addr
where ss_customer_sk = c_customer_sk and buyer.c_current_addr_sk = current_addr.ca_address_sk and current_addr.ca_city <> bought_city order by c_last_name, ss_ticket_number;
with frequent as (select substr(i_item_desc, 1, 30) as itemdesc, i_item_sk as item_sk, d_date as solddate, count(*) as cnt from store_sales, date_dim, item
  where ss_sold_date_sk = d_date_sk and ss_item_sk = i_item_sk group by substr(i_item_desc, 1, 30), i_item_sk, d_date having count(*) > 4),
max_sales as (select max(csales) as cmax from (select c_customer_sk, sum(ss_quantity * ss_sales_price) as csales from store_sales, buyer where ss_customer_sk = c_customer_sk group by c_customer_sk) as x),
best as (select c_customer_sk, sum(ss_quantity * ss_sales_price) as ssales from store_sales, buyer where ss_customer_sk = c_customer_sk group by c_customer_sk
  having sum(ss_quantity * ss_sales_price) > 0.5 * (select cmax from max_sales))
select sum(sales) as total from (
  select cs_quantity * cs_list_price as sales from catalog_sales where cs_item_sk in (select item_sk from frequent) and cs_bill_customer_sk in (select c_customer_sk from best)
  union all
  select ws_quantity * ws_list_price from web_sales where ws_item_sk in (select item_sk from frequent)) as y;
select i_item_id, i_item_desc, s_store_id, s_store_name, max(ss_net_profit) as store_sales_profit, max(sr_net_loss) as store_returns_loss, max(cs_net_profit) as catalog_sales_profit
from store_sales join store_returns on ss_customer_sk = sr_customer_sk and ss_item_sk = sr_item_sk
join catalog_sales on sr_customer_sk = cs_bill_customer_sk and sr_item_sk = cs_item_sk
join date_dim d1 on d1.d_date_sk = ss_sold_date_sk join store on s_store_sk = ss_store_sk join item on i_item_sk = ss_item_sk
group by i_item_id, i_item_desc, s_store_id, s_store_name;
select i_item_id, total, ntile(4) over (order by total desc) as quartile, first_value(i_item_id) over (order by total desc) as best_item, total - lag(total, 1, 0) over (order by total) as step_up,
       percent_rank() over (order by total) as pr, cume_dist() over (order by total) as cd, dense_rank() over (order by total) as dr
from (select i_item_id, sum(cs_ext_sales_price) as total from catalog_sales join item on i_item_sk = cs_item_sk group by i_item_id) as t;
select coalesce(ws.d_year, cs.d_year) as d_year, coalesce(ws_qty, 0) as web_qty, coalesce(cs_qty, 0) as catalog_qty, round(coalesce(ws_qty, 0) * 1.0 / nullif(coalesce(cs_qty, 1), 0), 2) as ratio
from (select d_year, sum(ws_quantity) as ws_qty from web_sales left join web_returns on wr_order_number = ws_order_number and ws_item_sk = wr_item_sk join date_dim on ws_sold_date_sk = d_date_sk where wr_order_number is null group by d_year) as ws
full join (select d_year, sum(cs_quantity) as cs_qty from catalog_sales join date_dim on cs_sold_date_sk = d_date_sk group by d_year) as cs on cs.d_year = ws.d_year order by d_year;
select hd_buy_potential, hd_vehicle_count, case when hd_vehicle_count > 0 then hd_dep_count * 1.0 / hd_vehicle_count end as per_vehicle from household_demographics where hd_dep_count between 3 and 8 or hd_vehicle_count is null;
