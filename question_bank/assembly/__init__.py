"""Drawing parallel forms by a blueprint: random, balanced, enemies apart; or a proof that it cannot be done."""
