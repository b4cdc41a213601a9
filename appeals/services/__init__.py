"""What people do about technical appeals: filing, commissions, hearings, key review, protocols."""
