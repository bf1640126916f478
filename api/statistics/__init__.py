"""Statistics of people: questions to the rules, and their answers. No rule is stated here."""
