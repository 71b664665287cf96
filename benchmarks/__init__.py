"""What Crossdesk costs: each module measures something beside its raw limit."""
