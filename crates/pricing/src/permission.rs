//! The permissions of pricing's operations.

platform::permissions! {
    pub ReadItems = "items:read";
    pub WriteItems = "items:write";
    pub ReadPricebooks = "pricebooks:read";
    pub WritePricebooks = "pricebooks:write";
    pub ApprovePricebooks = "pricebooks:approve";
    pub PublishPricebooks = "pricebooks:publish";
    pub ReadAssignments = "price-assignments:read";
    pub WriteAssignments = "price-assignments:write";
    pub ReadExchangeRates = "exchange-rates:read";
    pub WriteExchangeRates = "exchange-rates:write";
    pub ReadIndexValues = "index-values:read";
    pub WriteIndexValues = "index-values:write";
    pub ReadChargeRules = "charge-rules:read";
    pub WriteChargeRules = "charge-rules:write";
    pub ReadItemCosts = "item-costs:read";
    pub WriteItemCosts = "item-costs:write";
    pub ReadDataImports = "data-imports:read";
    /// Take back what was imported.
    pub UndoDataImports = "data-imports:undo";
    pub ReadItemUsages = "item-usages:read";
    pub WriteItemUsages = "item-usages:write";
    pub ReadChangeSets = "change-sets:read";
    pub WriteChangeSets = "change-sets:write";
    pub ApproveChangeSets = "change-sets:approve";
    pub PublishChangeSets = "change-sets:publish";
    /// Let a raise hold for an account that was not told of it.
    pub WaiveChangeNotices = "change-sets:waive-notices";
    pub CalculatePrices = "price:calculate";
    pub ReadQuotes = "quotes:read";
    pub WriteQuotes = "quotes:write";
    pub ApproveQuotes = "quotes:approve";
    pub SendQuotes = "quotes:send";
    pub AcceptQuotes = "quotes:accept";
    pub RejectQuotes = "quotes:reject";
    pub ConvertQuotes = "quotes:convert";
    pub OverridePrices = "quotes:override";
    /// Accept a quote for the customer after its last day.
    pub AcceptExpiredQuotes = "quotes:accept-expired";
    pub ReadApprovalRules = "quote-approval-rules:read";
    pub WriteApprovalRules = "quote-approval-rules:write";
}
