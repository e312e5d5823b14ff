"""Who may open the page of a team: accounts, login, roles, and files behind them."""
