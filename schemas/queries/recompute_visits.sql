-- Writes the visits of one Paris day from its events, of the establishments
-- [first, beyond): one row per visit.
-- Events that share instant, service and tool are one; the least of them in
-- the order of their other columns stands for all, so the order of arrival
-- never matters. A gap of 30 minutes or more begins a new visit. Each gap goes
-- to the service, and the tool, of its earlier event.
INSERT INTO {target:Identifier}
    (day, uai, visitor, start, duration_ms, events, profil, device, os, browser,
     service, service_events, service_ms, service_gaps, outil, outil_events, outil_ms, outil_gaps)
WITH
    arraySort(groupArray((toUnixTimestamp64Milli(ts), service, outil, profil, device, os, browser))) AS sorted,
    arrayFilter(
        (e, before) -> (e.1, e.2, e.3) != (before.1, before.2, before.3),
        sorted,
        arrayPushFront(arrayPopBack(sorted), (toInt64(0), '', '', '', '', '', ''))) AS kept,
    arrayJoin(arraySplit(
        (e, before) -> e.1 - before.1 >= 1800000,
        kept,
        arrayPushFront(arrayPopBack(kept), kept[1]))) AS visit,
    arrayPushBack(
        arrayMap((e, next) -> toUInt32(next.1 - e.1), arrayPopBack(visit), arrayPopFront(visit)),
        toUInt32(0)) AS gaps,
    arrayMap(e -> toUInt32(1), visit) AS ones,
    arrayPushBack(arrayPopBack(ones), toUInt32(0)) AS has_gap,
    arrayReduce('sumMap', [visit.2], [ones], [gaps], [has_gap]) AS by_service,
    arrayMap(e -> e.3 != '', visit) AS third_party,
    arrayReduce('sumMap',
        [arrayFilter((x, t) -> t, visit.3, third_party)],
        [arrayFilter((x, t) -> t, ones, third_party)],
        [arrayFilter((x, t) -> t, gaps, third_party)],
        [arrayFilter((x, t) -> t, has_gap, third_party)]) AS by_outil
SELECT
    {day:Date},
    uai,
    visitor,
    fromUnixTimestamp64Milli(visit[1].1, 'UTC'),
    toUInt32(visit[-1].1 - visit[1].1),
    length(visit),
    visit[1].4,
    visit[1].5,
    visit[1].6,
    visit[1].7,
    by_service.1,
    by_service.2,
    by_service.3,
    by_service.4,
    by_outil.1,
    by_outil.2,
    by_outil.3,
    by_outil.4
FROM events
WHERE toDate(ts, 'Europe/Paris') = {day:Date}
    AND uai >= {first:String}
    AND ({beyond:String} = '' OR uai < {beyond:String})
GROUP BY uai, visitor
SETTINGS optimize_aggregation_in_order = 1
