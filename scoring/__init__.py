"""From published policy and known facts to scores, grades and proposals: the plan, the engines, the runs."""
