-- The sample policy yinchuan/2026 as one would write it by hand for DuckDB, over the same four relations and with the same columns and
-- order as the plan's answers. Knows what the plan cannot know: this one policy, its eight terms, that one value suits most of its rules.
-- Items are numbered in the order of the policy file; points are hundredths.
WITH context AS (
    SELECT q.question,
        max(g.state) FILTER (g.valid_from <= q.as_of AND q.as_of < coalesce(g.valid_until, DATE '9999-12-31')) AS state,
        max(g.registered_on) FILTER (g.valid_from <= q.as_of AND q.as_of < coalesce(g.valid_until, DATE '9999-12-31')) AS registered_on,
        min(CASE WHEN g.valid_from > q.as_of THEN g.valid_from WHEN g.valid_until > q.as_of THEN g.valid_until END) AS next_fact
    FROM questions q JOIN registry g USING (enterprise_key)
    WHERE g.known_seq <= q.known_seq AND (g.superseded_seq IS NULL OR g.superseded_seq > q.known_seq)
    GROUP BY q.question
),
listed AS (
    SELECT question, bool_or(list = 'quality_red' AND holds) AS on_red, bool_or(list = 'quality_black' AND holds) AS on_black,
        bool_or(list <> 'quality_red' AND holds) AS on_bad, min(starts_on) FILTER (list = 'quality_black' AND holds) AS black_since,
        min(CASE WHEN starts_on > as_of THEN starts_on WHEN ends_on > as_of THEN ends_on END) AS next_list
    FROM (
        SELECT q.question, q.as_of, l.list, l.starts_on, l.ends_on,
            l.starts_on <= q.as_of AND q.as_of < coalesce(l.ends_on, DATE '9999-12-31') AS holds
        FROM questions q JOIN listings l USING (enterprise_key)
        WHERE l.known_seq <= q.known_seq AND (l.superseded_seq IS NULL OR l.superseded_seq > q.known_seq)
          AND l.list IN ('quality_red', 'quality_black', 'serious_illegal', 'abnormal_operation', 'sector_blacklist', 'judgment_debtor',
                         'tax_serious', 'procurement_serious')
    )
    GROUP BY question
),
known AS NOT MATERIALIZED (
    SELECT q.question, q.as_of, r.*, r.concluded_on <= q.as_of AS counts
    FROM records r JOIN questions q USING (enterprise_key)
    WHERE r.known_seq <= q.known_seq AND (r.superseded_seq IS NULL OR r.superseded_seq > q.known_seq) AND NOT r.is_withdrawn
      AND r.concluded_on IS NOT NULL
),
seen AS (
    SELECT question, count(*) FILTER (counts) AS records_known, min(concluded_on) FILTER (NOT counts) AS next_start,
        max(occurred_on) FILTER (counts AND kind = 'sampling') AS sampled_on,
        max(occurred_on) FILTER (counts AND kind = 'inspection') AS inspected_on
    FROM known GROUP BY question
),
hits AS MATERIALIZED (
    SELECT question, as_of, record_key, event_key, counts, occurred_on, coalesce(ended_on, occurred_on) AS anchor_on, concluded_on,
        rectified_on, in_force_from, in_force_until, public_until, repaired_on, level,
        CASE kind
            WHEN 'complaint' THEN 0
            WHEN 'penalty' THEN CASE
                WHEN code = 'fake_goods' THEN 1 WHEN code = 'ip_infringement' THEN 2 WHEN code = 'consumer_deception' THEN 3
                WHEN code = 'procurement_violation' THEN 4 WHEN code = 'unlicensed_operation' THEN 7
                WHEN code = 'commercial_bribery' THEN 41 WHEN code = 'published_major_case' THEN 47
                WHEN code = 'health_harm' AND d_field IN ('food', 'drug', 'product_quality', 'certification') THEN 43 END
            WHEN 'inspection' THEN CASE WHEN outcome <> 'found' THEN 21 WHEN d_statutory = 'yes' THEN 18 END
            WHEN 'certification' THEN if(outcome = 'valid', 28, 29)
            WHEN 'order' THEN if(outcome = 'seizure', 20, 19)
            WHEN 'sampling' THEN CASE WHEN outcome = 'refused' THEN 25 WHEN capacity = 'sampled_unit' THEN 24
                WHEN capacity IN ('nominal_producer', 'party') THEN 23 END
            WHEN 'award' THEN CASE
                WHEN outcome IN ('red_list', 'top_grade') THEN 30 WHEN outcome = 'charity' THEN 35
                WHEN outcome = 'commendation' THEN if(level IN ('district', 'city', 'province', 'national'), 33, NULL)
                WHEN level IN ('city', 'province', 'national') THEN if(outcome = 'quality_award', 31, 32) END
            WHEN 'licence' THEN CASE outcome WHEN 'operating_without' THEN 6 WHEN 'by_fraud' THEN 8 WHEN 'lent' THEN 9
                WHEN 'cancelled_for_false_promise' THEN 11 END
            WHEN 'commitment' THEN 10
            WHEN 'recall' THEN CASE outcome WHEN 'voluntary' THEN 27 WHEN 'ordered' THEN 26 ELSE 50 END
            WHEN 'listing' THEN CASE WHEN d_list = 'abnormal_operation' THEN 38 WHEN d_list = 'serious_illegal' THEN 44
                WHEN d_list = 'judgment_debtor' THEN 53 WHEN d_list IN ('sector_blacklist', 'tax_serious', 'procurement_serious') THEN 46 END
            WHEN 'accident' THEN CASE WHEN severity = 'serious' THEN 36 WHEN severity IN ('major', 'extreme') THEN 48
                WHEN severity = 'general' AND outcome IN ('quality', 'food_safety', 'work_safety', 'environment') THEN 5 END
            WHEN 'judgment' THEN if(outcome = 'convicted', 22, 52)
        END AS first_item,
        CASE
            WHEN kind = 'penalty' THEN CASE outcome
                WHEN 'warning' THEN 12 WHEN 'fine' THEN 13 WHEN 'confiscation' THEN if(q_confiscated_cny IS NULL, 16, 14)
                WHEN 'unperformed' THEN 17 WHEN 'ban' THEN 40 WHEN 'suspension' THEN 42 WHEN 'revocation' THEN 51 WHEN 'revoked' THEN 51
                WHEN 'downgrade' THEN 15 WHEN 'restriction' THEN 15 WHEN 'detention' THEN 15 WHEN 'other' THEN 15 END
            WHEN kind = 'listing' THEN CASE d_list WHEN 'abnormal_operation' THEN 39 WHEN 'serious_illegal' THEN 45 END
            WHEN kind = 'licence' AND outcome IN ('revocation', 'revoked') THEN 51
            WHEN kind = 'sampling' AND outcome = 'failed' AND d_stage IN ('recheck', 'second_recheck') THEN 49
            WHEN kind = 'accident' AND severity = 'extreme' AND outcome IN ('quality', 'food_safety') THEN 54
            WHEN kind = 'award' AND outcome = 'commendation' AND code = 'government_commendation'
                AND level IN ('district', 'city', 'province', 'national') THEN 34
        END AS second_item,
        CASE WHEN kind = 'penalty' AND code = 'fake_goods' THEN CASE d_effect WHEN 'bad' THEN 37 WHEN 'very_bad' THEN 55 END END AS third_item,
        CASE
            WHEN kind = 'penalty' AND outcome = 'fine' THEN CASE severity WHEN 'serious' THEN -5000 WHEN 'general' THEN -3000 ELSE -2000 END
            WHEN kind = 'penalty' AND outcome = 'confiscation' THEN CASE WHEN q_confiscated_cny < 100000001 THEN -3000
                WHEN q_confiscated_cny < 500000001 THEN -4000 WHEN q_confiscated_cny < 1000000001 THEN -6000 ELSE -8000 END
            WHEN kind = 'inspection' THEN CASE outcome WHEN 'refused' THEN -2000 WHEN 'false_material' THEN -3000 ELSE -10000 END
            WHEN kind = 'sampling' THEN if(severity = 'serious', 2, 1) * if(capacity = 'sampled_unit', -1000, CASE severity WHEN 'serious' THEN -2500 ELSE -2000 END)
        END AS graded_points,
        kind = 'award' AND outcome IN ('quality_award', 'contract_keeping') AS is_honour,
        kind = 'penalty' AND outcome = 'fine' AND coalesce(severity = 'serious', false) AS is_serious_fine,
        kind = 'penalty' AND outcome = 'fine' AND severity = 'serious' AND coalesce(
            code IN ('fake_goods', 'health_harm', 'consumer_deception', 'false_certification', 'recall_violation'), false) AS is_grave_fine,
        kind = 'penalty' AND outcome IN ('suspension', 'downgrade', 'revocation', 'restriction', 'ban') AS is_heavy,
        kind = 'penalty' AND outcome IN ('suspension', 'downgrade', 'revocation', 'restriction', 'ban') AND coalesce(
            d_field IN ('food', 'drug', 'special_equipment', 'product_quality', 'certification', 'consumer'), false) AS is_heavy_in_field,
        kind = 'penalty' AND outcome = 'unperformed' AS is_unperformed,
        kind = 'sampling' AND outcome = 'failed' AND coalesce(severity = 'serious', false) AS is_bad_sample,
        kind = 'recall' AND outcome IN ('refused', 'delayed') AS is_recall_refused,
        kind = 'accident' AND coalesce(severity IN ('major', 'extreme'), false) AS is_major,
        kind = 'accident' AND outcome IN ('quality', 'food_safety') AND coalesce(severity IN ('major', 'extreme'), false) AS is_major_quality
    FROM known
    WHERE kind IN ('penalty', 'listing', 'accident', 'recall') OR (kind = 'complaint' AND outcome = 'substantiated')
       OR (kind = 'certification' AND outcome IN ('valid', 'revoked')) OR (kind = 'sampling' AND outcome IN ('failed', 'refused'))
       OR (kind = 'inspection' AND outcome IN ('refused', 'false_material', 'violence')) OR (kind = 'inspection' AND outcome = 'found' AND d_statutory = 'yes')
       OR (kind = 'order' AND outcome IN ('correction', 'closure', 'suspension', 'seizure'))
       OR (kind = 'award' AND outcome IN ('red_list', 'top_grade', 'charity', 'commendation', 'quality_award', 'contract_keeping'))
       OR (kind = 'licence' AND outcome IN ('operating_without', 'by_fraud', 'lent', 'cancelled_for_false_promise', 'revoked', 'revocation'))
       OR (kind = 'commitment' AND outcome = 'false_statement') OR (kind = 'judgment' AND outcome IN ('convicted', 'enforcement_debtor'))
),
met AS (
    SELECT *, first_item AS item FROM hits WHERE first_item IS NOT NULL
    UNION ALL SELECT *, second_item FROM hits WHERE second_item IS NOT NULL
    UNION ALL SELECT *, third_item FROM hits WHERE third_item IS NOT NULL
),
pointed AS (
    SELECT *,
        CASE
            WHEN item >= 36 THEN 0
            WHEN item IN (13, 14, 21, 23, 24) THEN graded_points
            WHEN item IN (12, 0, 19) THEN -1000
            WHEN item IN (15, 16, 18) THEN -2000
            WHEN item IN (5, 10, 20, 26, 29) THEN -3000
            WHEN item IN (1, 2, 25) THEN -4000
            WHEN item IN (3, 4, 6, 7, 9, 17) THEN -5000
            WHEN item = 8 THEN -6000
            WHEN item IN (11, 22) THEN -10000
            WHEN item = 27 THEN 500
            WHEN item IN (28, 30, 35) THEN 1000
            WHEN item = 31 THEN CASE level WHEN 'city' THEN 1000 WHEN 'province' THEN 3000 ELSE 5000 END
            WHEN item = 32 THEN CASE level WHEN 'city' THEN 2000 WHEN 'province' THEN 5000 ELSE 10000 END
            WHEN item = 33 THEN CASE level WHEN 'district' THEN 500 WHEN 'city' THEN 1000 WHEN 'province' THEN 3000 ELSE 5000 END
            WHEN item = 34 THEN CASE level WHEN 'district' THEN 2000 WHEN 'city' THEN 4000 WHEN 'province' THEN 6000 ELSE 10000 END
        END::BIGINT AS points,
        CASE WHEN item IN (28, 39, 45) THEN greatest(concluded_on, coalesce(in_force_from, concluded_on)) ELSE concluded_on END AS starts_on,
        CASE item WHEN 7 THEN 6 WHEN 11 THEN 10 WHEN 16 THEN 14 WHEN 24 THEN 23 ELSE item END AS repeats_as
    FROM met
),
dated AS MATERIALIZED (
    SELECT question, as_of, record_key, event_key, item, repeats_as, occurred_on, anchor_on, starts_on, rectified_on, repaired_on,
        CASE WHEN item IN (52, 53) AND repaired_on <= as_of AND repaired_on < least(term, coalesce(public_until, DATE '9999-12-31'))
            THEN -8000 ELSE points END AS points,
        item >= 36 AND NOT (item IN (52, 53)
            AND coalesce(repaired_on <= as_of AND repaired_on < least(term, coalesce(public_until, DATE '9999-12-31')), false)) AS is_direct,
        CASE WHEN item IN (52, 53) AND repaired_on <= as_of AND repaired_on < least(term, coalesce(public_until, DATE '9999-12-31'))
            THEN (repaired_on + INTERVAL 2 YEAR)::DATE
            ELSE least(term, coalesce(public_until, DATE '9999-12-31'), coalesce(repaired_on, DATE '9999-12-31')) END AS valid_until
    FROM (
        SELECT *,
            CASE
                WHEN item IN (28, 39, 45) THEN coalesce(in_force_until, DATE '9999-12-31')
                WHEN item BETWEEN 30 AND 34 THEN (anchor_on + CASE level WHEN 'city' THEN INTERVAL 2 YEAR WHEN 'province' THEN INTERVAL 3 YEAR
                    WHEN 'national' THEN INTERVAL 5 YEAR ELSE INTERVAL 1 YEAR END)::DATE
                WHEN item IN (51, 52, 53, 54, 55) THEN (anchor_on + INTERVAL 5 YEAR)::DATE
                WHEN item IN (42, 43, 44, 46, 47, 48, 49, 50) THEN (anchor_on + INTERVAL 3 YEAR)::DATE
                WHEN item IN (36, 37, 38, 40, 41) OR points < -4000 THEN (anchor_on + INTERVAL 2 YEAR)::DATE
                ELSE (anchor_on + INTERVAL 1 YEAR)::DATE
            END AS term
        FROM pointed
    )
),
acts AS (
    SELECT question, repeats_as, event_key, min(occurred_on) AS acted_on, max(valid_until) AS reaches
    FROM dated WHERE points < 0 AND item < 36 AND starts_on <= as_of
    GROUP BY question, repeats_as, event_key
),
again AS (
    SELECT question, repeats_as, event_key
    FROM (
        SELECT question, repeats_as, event_key, acted_on, max(reaches) OVER (
            PARTITION BY question, repeats_as ORDER BY acted_on, event_key ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) AS reached
        FROM acts
    )
    WHERE reached > acted_on
),
held AS (
    SELECT d.*, if(a.event_key IS NOT NULL AND d.points < 0 AND d.item < 36, 2, 1) * d.points AS given
    FROM dated d LEFT JOIN again a USING (question, repeats_as, event_key)
    WHERE d.starts_on <= d.as_of AND d.as_of < d.valid_until
),
single AS MATERIALIZED (
    SELECT * FROM held
    QUALIFY row_number() OVER (
        PARTITION BY question, event_key, is_direct OR given < 0
        ORDER BY CASE WHEN is_direct THEN CASE WHEN item <= 41 THEN 1000003 WHEN item <= 50 THEN 1000004 ELSE 1000005 END ELSE abs(given) END DESC,
            record_key, item
    ) = 1
),
years AS (
    SELECT question, sum(given) AS charity, min(valid_until) AS charity_until FROM single WHERE item = 35
    GROUP BY question, year(anchor_on) HAVING sum(given) > 4000
),
charity AS (SELECT question, sum(4000 - charity) AS over_charity FROM years GROUP BY question),
summed AS (
    SELECT question, sum(given) AS points, sum(given) FILTER (given > 0) AS bonus,
        greatest(sum(given) FILTER (item = 0), -6000) - sum(given) FILTER (item = 0) AS over_complaints,
        least(sum(given) FILTER (item = 28), 3000) - sum(given) FILTER (item = 28) AS over_certificates,
        max(CASE WHEN NOT is_direct THEN NULL WHEN item <= 41 THEN 3 WHEN item <= 50 THEN 4 ELSE 5 END) AS capped_at,
        bool_or(is_direct AND (rectified_on IS NULL OR rectified_on > as_of)) AS is_frozen,
        bool_or(is_direct AND item IN (36, 48, 54, 52, 53)) AS has_grave
    FROM single GROUP BY question
),
changing AS (
    SELECT question, min(least(
        CASE WHEN starts_on > as_of THEN starts_on WHEN valid_until > as_of THEN valid_until ELSE DATE '9999-12-31' END,
        CASE WHEN rectified_on > as_of THEN rectified_on ELSE DATE '9999-12-31' END)) AS next_row
    FROM dated GROUP BY question
),
counted AS (
    SELECT question,
        bool_or(is_honour AND counts AND in3 AND active) AS honours,
        bool_or(is_serious_fine AND counts AND in2 AND active AND unrepaired) AS serious_fine,
        count(DISTINCT event_key) FILTER (is_serious_fine AND counts AND in2 AND active AND unrepaired) AS serious_fines,
        bool_or(is_serious_fine AND counts AND in3 AND active AND unrepaired) AS serious_fine_of_3,
        bool_or(is_grave_fine AND counts AND in3 AND active AND unrepaired) AS grave_fine,
        bool_or(is_heavy AND counts AND in3 AND active AND unrepaired) AS heavy,
        bool_or(is_heavy_in_field AND counts AND in3 AND active AND unrepaired) AS heavy_in_field,
        bool_or((is_heavy OR is_unperformed) AND counts AND in3 AND active AND unrepaired) AS heavy_or_unperformed,
        bool_or(is_bad_sample AND counts AND in2 AND active AND unrepaired) AS bad_sample,
        bool_or(is_recall_refused AND counts AND in3 AND unrepaired) AS recall_refused,
        bool_or(is_major AND counts AND in3 AND unrepaired) AS major,
        bool_or(is_major_quality AND counts AND in3 AND unrepaired) AS major_quality,
        min(least(
            CASE WHEN (is_serious_fine OR is_bad_sample) AND until2 > as_of THEN until2 ELSE DATE '9999-12-31' END,
            CASE WHEN NOT is_bad_sample AND until3 > as_of THEN until3 ELSE DATE '9999-12-31' END,
            CASE WHEN NOT is_honour AND repaired_on > as_of THEN repaired_on ELSE DATE '9999-12-31' END,
            CASE WHEN NOT (is_recall_refused OR is_major) AND public_until > as_of THEN public_until ELSE DATE '9999-12-31' END,
            CASE WHEN NOT (is_recall_refused OR is_major) AND in_force_until > as_of THEN in_force_until ELSE DATE '9999-12-31' END,
            CASE WHEN NOT (is_recall_refused OR is_major) AND coalesce(in_force_from, occurred_on) > as_of
                THEN coalesce(in_force_from, occurred_on) ELSE DATE '9999-12-31' END)) AS next_event
    FROM (
        SELECT *, (anchor_on + INTERVAL 2 YEAR)::DATE AS until2, (anchor_on + INTERVAL 3 YEAR)::DATE AS until3, until2 > as_of AS in2,
            until3 > as_of AS in3, coalesce(repaired_on, DATE '9999-12-31') > as_of AS unrepaired,
            coalesce(public_until, DATE '9999-12-31') > as_of AND coalesce(in_force_until, DATE '9999-12-31') > as_of
                AND coalesce(in_force_from, occurred_on) <= as_of AS active
        FROM hits
        WHERE is_honour OR is_serious_fine OR is_heavy OR is_unperformed OR is_bad_sample OR is_recall_refused OR is_major
    )
    GROUP BY question
),
scored AS (
    SELECT q.question, q.enterprise_key, q.as_of, q.known_seq,
        100000 + coalesce(s.points, 0) + coalesce(s.over_complaints, 0) + coalesce(s.over_certificates, 0) + coalesce(c.over_charity, 0)
            - if(coalesce(s.is_frozen, false),
                 greatest(coalesce(s.bonus, 0) + coalesce(s.over_certificates, 0) + coalesce(c.over_charity, 0), 0), 0) AS total_x100,
        greatest(0, least(200000, total_x100)) AS score_x100,
        CASE WHEN score_x100 >= 105000 THEN 0 WHEN score_x100 >= 103000 THEN 1 WHEN score_x100 >= 96000 THEN 2 WHEN score_x100 >= 85000 THEN 3
            WHEN score_x100 >= 60000 THEN 4 ELSE 5 END AS rung,
        coalesce(x.state IN ('deregistered', 'revoked', 'moved_out', 'cancelled'), false) AS is_unrated,
        CASE WHEN is_unrated THEN 'NR' ELSE ['AAA', 'AA', 'A', 'B', 'C', 'D'][greatest(rung, coalesce(s.capped_at, -1)) + 1] END AS grade,
        coalesce(n.records_known, 0) AS records_known,
        CASE WHEN (n.sampled_on + INTERVAL 2 YEAR)::DATE > q.as_of THEN n.sampled_on END AS covered_sampled,
        CASE WHEN (n.inspected_on + INTERVAL 2 YEAR)::DATE > q.as_of THEN n.inspected_on END AS covered_inspected,
        x.state, (x.registered_on + INTERVAL 3 YEAR)::DATE AS three_years, (l.black_since + INTERVAL 1 YEAR)::DATE AS exit_on,
        coalesce(l.on_red, false) AS on_red, coalesce(l.on_black, false) AS on_black,
        coalesce(l.on_bad, false) OR coalesce(e.serious_fine OR e.heavy OR e.bad_sample OR e.recall_refused, false)
            OR coalesce(s.has_grave, false) AS is_blocked,
        coalesce(e.honours, false) AS honours,
        coalesce(e.heavy_in_field OR e.grave_fine OR e.serious_fines >= 2 OR e.recall_refused OR e.major_quality, false) AS is_black,
        coalesce(e.heavy_or_unperformed OR e.serious_fine_of_3 OR e.recall_refused OR e.major, false) AS stays_black,
        least(
            coalesce(x.next_fact, DATE '9999-12-31'), coalesce(l.next_list, DATE '9999-12-31'), coalesce(n.next_start, DATE '9999-12-31'),
            coalesce(g.next_row, DATE '9999-12-31'), coalesce(e.next_event, DATE '9999-12-31'),
            if((n.sampled_on + INTERVAL 2 YEAR)::DATE > q.as_of, (n.sampled_on + INTERVAL 2 YEAR)::DATE, DATE '9999-12-31'),
            if((n.inspected_on + INTERVAL 2 YEAR)::DATE > q.as_of, (n.inspected_on + INTERVAL 2 YEAR)::DATE, DATE '9999-12-31'),
            if(three_years > q.as_of, three_years, DATE '9999-12-31'), if(exit_on > q.as_of, exit_on, DATE '9999-12-31')) AS next_change
    FROM questions q
    LEFT JOIN context x USING (question) LEFT JOIN listed l USING (question) LEFT JOIN seen n USING (question)
    LEFT JOIN summed s USING (question) LEFT JOIN charity c USING (question) LEFT JOIN changing g USING (question)
    LEFT JOIN counted e USING (question)
)
SELECT question, enterprise_key, as_of, known_seq, total_x100::BIGINT AS total_x100, score_x100::BIGINT AS score_x100, grade,
    ['AAA', 'AA', 'A', 'B', 'C', 'D'][rung + 1] AS ladder_grade, NOT is_unrated AS is_rated, records_known::BIGINT AS records_known,
    covered_sampled, covered_inspected,
    CASE
        WHEN on_red AND (is_blocked OR grade IN ('B', 'C', 'D', 'NR')
            OR coalesce(state IN ('deregistered', 'revoked', 'moved_out', 'cancelled', 'closed'), false)) THEN 'leave'
        WHEN on_red AND grade IN ('AAA', 'AA') AND honours AND three_years <= as_of AND state = 'in_business' THEN 'stay'
        WHEN on_red THEN 'off'
        WHEN grade IN ('AAA', 'AA') AND honours AND three_years <= as_of AND state = 'in_business' THEN if(is_blocked, 'blocked', 'enter')
        ELSE 'off'
    END AS list_quality_red,
    CASE
        WHEN on_black AND NOT stays_black AND exit_on <= as_of THEN 'leave'
        WHEN on_black AND is_black THEN 'stay'
        WHEN on_black THEN 'off'
        WHEN is_black THEN 'enter'
        ELSE 'off'
    END AS list_quality_black,
    nullif(next_change, DATE '9999-12-31') AS next_change_on
FROM scored
ORDER BY question
